/**
 * One call of a host function: a request is written, the import is called, the response is read.
 *
 * Request and response share one buffer, since the host reads the whole request before it writes. That keeps
 * the memory which a hook touches small, and small is what the host can restore quickly.
 *
 * ```
 * beginRequest();
 * writeString(key);
 * sendRequest();
 * hostFunction();
 * receive();
 * ```
 */
import { announceRequest, offerResponseSpace, responseLength } from "./mailbox";
import { readFrom } from "./reader";
import { decode, encode, MAX_BYTES_PER_UNIT } from "./text";
import { HostError } from "../host-error";

// @ts-ignore: decorator
@external("sandbox", "result")
declare function fetchResult(): void;

const INITIAL_BYTES: i32 = 4096;
const initialBuffer: usize = memory.data(INITIAL_BYTES, 8);

let buffer: usize = initialBuffer;
let capacity: usize = INITIAL_BYTES;
let length: usize = 0;

/** Starts a request. What is left of an earlier request or response is lost. */
export function beginRequest(): void {
  length = 0;
}

export function writeU8(value: u32): void {
  store<u8>(append(1), value);
}

export function writeU32(value: u32): void {
  store<u32>(append(4), value);
}

export function writeI32(value: i32): void {
  store<i32>(append(4), value);
}

export function writeI64(value: i64): void {
  store<i64>(append(8), value);
}

export function writeF64(value: f64): void {
  store<f64>(append(8), value);
}

export function writeBool(value: bool): void {
  writeU8(value ? 1 : 0);
}

/** Writes UTF-8; a surrogate without its partner becomes U+FFFD. */
export function writeString(text: string): void {
  writeBeginning(text, text.length);
}

/** As {@link writeString}, but only the first `units` UTF-16 units of the text. */
export function writeBeginning(text: string, units: i32): void {
  const lengthAt = append(4) - buffer;
  makeSpace(<usize>units * MAX_BYTES_PER_UNIT);
  const written = encode(changetype<usize>(text), units, buffer + length);
  store<u32>(buffer + lengthAt, <u32>written);
  length += written;
}

/** Writes what stands at an address as it has to be written: a length, and so many bytes. */
export function writeField(address: usize): void {
  const size = <usize>load<u32>(address) + 4;
  memory.copy(append(size), address, size);
}

export function writeBytes(bytes: ArrayBuffer): void {
  const size = bytes.byteLength;
  writeU32(size);
  memory.copy(append(size), changetype<usize>(bytes), size);
}

export function writeStrings(texts: string[]): void {
  writeU32(texts.length);
  for (let i = 0; i < texts.length; ++i) writeString(texts[i]);
}

/** Hands the request to the host; the import is called next. */
export function sendRequest(): void {
  announceRequest(buffer, <u32>length);
  offerResponseSpace(buffer, <u32>capacity);
}

/**
 * Makes the host's response readable, after the import has returned.
 *
 * @returns the error, or null when the host did what it was asked
 */
export function tryReceive(): HostError | null {
  const answer = responseLength();
  if (answer < 0) {
    fetchResult();
    const size = completeResponse();
    return new HostError(decode(buffer, size), -answer);
  }
  const size = completeResponse();
  readFrom(buffer, size);
  return null;
}

/** As {@link tryReceive}; an error of the host ends the hook with the host's message. */
export function receive(): void {
  const error = tryReceive();
  if (error) throw new Error(error.message);
}

/** Fetches a response that the buffer was too small for, into another buffer. Returns the response's length. */
function completeResponse(): u32 {
  const size = responseLength();
  if (<usize>size > capacity) {
    length = 0;
    makeSpace(size);
    offerResponseSpace(buffer, <u32>capacity);
    fetchResult();
  }
  return size;
}

/** Adds `size` bytes to the request, for the caller to fill. Returns their address. */
function append(size: usize): usize {
  makeSpace(size);
  const at = buffer + length;
  length += size;
  return at;
}

/** Makes sure that there is space for `size` bytes more, if need be by moving the request to a larger buffer. */
function makeSpace(size: usize): void {
  if (size <= capacity - length) return;
  const outgrown = buffer;
  const needed = length + size;
  capacity = max(needed, capacity * 2);
  buffer = heap.alloc(capacity);
  memory.copy(buffer, outgrown, length);
  if (outgrown != initialBuffer) heap.free(outgrown);
}
