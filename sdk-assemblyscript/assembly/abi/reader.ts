/**
 * Reads what the host wrote: an event, or a response. Fields that are missing read as zero or empty, so that
 * a guest built against a newer host still runs on an older one.
 */

import { decode } from "./text";

let cursor: usize = 0;
let end: usize = 0;

/** Starts reading `length` bytes at `address`; a read in progress is given up. */
export function readFrom(address: usize, length: u32): void {
  cursor = address;
  end = address + length;
}

/** Where the next read begins. */
export function position(): usize {
  return cursor;
}

export function readU8(): u32 {
  const at = take(1);
  return at ? load<u8>(at) : 0;
}

export function readU32(): u32 {
  const at = take(4);
  return at ? load<u32>(at) : 0;
}

export function readI32(): i32 {
  return <i32>readU32();
}

export function readI64(): i64 {
  const at = take(8);
  return at ? load<i64>(at) : 0;
}

export function readF64(): f64 {
  const at = take(8);
  return at ? load<f64>(at) : 0;
}

export function readBool(): bool {
  return readU8() != 0;
}

export function readString(): string {
  const length = lengthOfBytes();
  const at = cursor;
  cursor += length;
  return decode(at, length);
}

export function readBytes(): ArrayBuffer {
  const length = lengthOfBytes();
  const bytes = new ArrayBuffer(length);
  memory.copy(changetype<usize>(bytes), cursor, length);
  cursor += length;
  return bytes;
}

export function readStrings(): string[] {
  const texts = new Array<string>(<i32>readU32());
  for (let i = 0; i < texts.length; ++i) texts[i] = readString();
  return texts;
}

/** Passes over a string or bytes. */
export function skipBytes(): void {
  const length = lengthOfBytes();
  cursor += length;
}

/** The address of a field of `size` bytes, which is now read, or 0 when fewer are left. */
function take(size: usize): usize {
  const at = cursor;
  if (end - at < size) {
    cursor = end;
    return 0;
  }
  cursor = at + size;
  return at;
}

function lengthOfBytes(): i32 {
  const claimed = <usize>readU32();
  return <i32>min(claimed, end - cursor);
}
