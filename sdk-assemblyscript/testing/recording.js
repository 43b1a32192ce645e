/** Reads what a server has recorded of a room. The format is that of docs/recording.md. */
import { readFileSync, statSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { PAGE_BYTES } from "./capped-memory.js";

const MAGIC = [0x89, 0x52, 0x4f, 0x4f, 0x4d, 0x0d, 0x0a, 0x1a];
const VERSION = 1;
/** A larger file is none that a server hands out. */
export const MAX_RECORDING_BYTES = 32 << 20;
const MAX_IMAGE_PAGES = 16;
const Item = { end: 0, module: 1, missed: 2, image: 3, hook: 4 };
const Answer = { response: 0, failed: 1, ended: 2 };
const ENDS = ["returned", "refused", "trapped", "deadline", "memory", "quota", "abi", "host"];
const OUTCOMES = ["completed", "refused", "failed", "again", "not committed"];
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * @typedef {{digest: string, memoryPages: number, requestBytes: number, keepsMemory: boolean, functions: string[]}} RecordedModule
 * @typedef {{globals: Uint8Array, memory: Uint8Array}} GuestState
 * @typedef {{function: string, request: Uint8Array, response?: Uint8Array, error?: {code: number, message: string}, ended?: true}} RecordedCall
 * @typedef {{hook: string, event: Uint8Array, calls: RecordedCall[], end: string, message: string, isRepeatable: boolean}} RecordedRun
 * @typedef {{module: RecordedModule, isFresh: boolean, missed: number, image: (() => GuestState) | null, runs: RecordedRun[],
 *   outcome: string, detail: string}} RecordedHook
 * @typedef {{service: string, room: string, written: Date, hooks: RecordedHook[]}} Recording
 */

/** A file is no recording that can be read: cut off, changed, of another format or version. */
export class RecordingError extends Error {}

/**
 * Reads a recording from a file.
 *
 * @param {string} file
 * @returns {Recording}
 * @throws {RecordingError} when it is none, or not a whole one
 */
export function loadRecording(file) {
  if (statSync(file).size > MAX_RECORDING_BYTES) throw tooLarge(statSync(file).size);
  return readRecording(readFileSync(file));
}

/**
 * Reads a recording.
 *
 * @param {Uint8Array} file
 * @returns {Recording}
 * @throws {RecordingError} when it is none, or not a whole one
 */
export function readRecording(file) {
  if (file.length > MAX_RECORDING_BYTES) throw tooLarge(file.length);
  if (MAGIC.some((byte, at) => file[at] !== byte)) throw new RecordingError("The file is no recording of a room.");
  const input = new Fields(file, MAGIC.length, file.length);
  const version = input.u32();
  if (version !== VERSION) {
    throw new RecordingError(`The recording is of version ${version} of the format; this reads version ${VERSION}.`);
  }
  const recording = { service: input.string(), room: input.string(), written: new Date(Number(input.i64())), hooks: [] };
  const state = { module: null, missed: 0, image: null };
  while (!readItem(input, recording.hooks, state));
  return recording;
}

function tooLarge(size) {
  return new RecordingError(`The file has ${size} bytes; a recording has at most ${MAX_RECORDING_BYTES}.`);
}

/** Returns whether it was the last. */
function readItem(input, hooks, state) {
  const kind = input.u8();
  const item = input.nested();
  if (kind === Item.module) state.module = moduleIn(item);
  else if (kind === Item.missed) state.missed = item.u32();
  else if (kind === Item.image) state.image = imageIn(item);
  else if (kind === Item.hook) {
    hooks.push(hookIn(item, hooks, state));
    state.missed = 0;
    state.image = null;
  } else if (kind === Item.end) {
    const said = item.u32();
    if (said !== hooks.length || said === 0) throw input.broken(`it says that it has ${said} hooks, and has ${hooks.length}`);
    if (input.remaining > 0) throw input.broken("something follows its end");
    return true;
  }
  return false;
}

function moduleIn(item) {
  const digest = item.string();
  const memoryPages = item.u32();
  const requestBytes = item.u32();
  const keepsMemory = item.u8() !== 0;
  if (!/^[0-9a-f]{64}$/.test(digest) || memoryPages < 1 || memoryPages > 65_535) {
    throw item.broken("a module has a digest or a limit that no host gives");
  }
  return { digest, memoryPages, requestBytes, keepsMemory, functions: item.list(4, () => item.string()) };
}

/** It is unpacked when it is needed: a small file may hold many that are large. */
function imageIn(item) {
  const globals = item.bytes();
  const pages = item.u32();
  const packed = item.bytes();
  if (pages < 1 || pages > MAX_IMAGE_PAGES || globals.length % 8 !== 0) {
    throw item.broken("an image of a room's memory has a size that no room has");
  }
  return () => {
    const size = pages * PAGE_BYTES;
    try {
      const memory = inflateSync(packed, { maxOutputLength: size + 1 });
      if (memory.length === size) return { globals, memory: new Uint8Array(memory) };
    } catch {
      // As one of another size.
    }
    throw new RecordingError(`The image of a room's memory does not hold the ${pages} pages it says.`);
  };
}

function hookIn(item, hooks, { module, missed, image }) {
  if (module === null) throw item.broken("a hook comes before any module");
  const isFresh = item.u8() !== 0;
  const runs = item.list(4, () => runIn(item, module));
  if (runs.length === 0 || runs.length > 2) throw item.broken("a hook has run nothing, or too much");
  const outcome = item.choice(OUTCOMES);
  const hook = { module, isFresh, missed, image, runs, outcome, detail: item.string() };
  if (!isFresh && image === null && (hooks.length === 0 || missed > 0)) {
    throw item.broken(`hook ${hooks.length + 1} begins in a memory that is not told`);
  }
  return hook;
}

function runIn(item, module) {
  const hook = item.string();
  const event = item.bytes();
  const calls = item.list(9, () => callIn(item, module));
  const end = item.choice(ENDS);
  const message = item.string();
  const isRepeatable = ["returned", "refused", "trapped", "abi"].includes(end) || calls.at(-1)?.ended === true;
  return { hook, event, calls, end, message, isRepeatable };
}

function callIn(item, module) {
  const number = item.u32();
  if (number >= module.functions.length) throw item.broken(`a call is of function ${number} of ${module.functions.length}`);
  const call = { function: module.functions[number], request: item.bytes() };
  const kind = item.u8();
  if (kind === Answer.response) return { ...call, response: item.bytes() };
  if (kind === Answer.failed) return { ...call, error: { code: item.u32(), message: item.string() } };
  if (kind === Answer.ended) return { ...call, ended: true };
  throw item.broken(`an answer is of kind ${kind}`);
}

/** Fields one behind the other, all of which have to be there: unlike a guest, a file has no earlier version. */
class Fields {
  #bytes;
  #view;
  #at;
  #end;

  constructor(bytes, from, end) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = from;
    this.#end = end;
  }

  u8() {
    return this.#view.getUint8(this.#fixed(1));
  }

  u32() {
    return this.#view.getUint32(this.#fixed(4), true);
  }

  i64() {
    return this.#view.getBigInt64(this.#fixed(8), true);
  }

  bytes() {
    const length = this.u32();
    return this.#bytes.slice(this.#fixed(length), this.#at);
  }

  string() {
    try {
      return decoder.decode(this.bytes());
    } catch (error) {
      throw error instanceof RecordingError ? error : this.broken("a text is not well-formed UTF-8");
    }
  }

  /** What is not read of it is passed over: a later version may have added it. */
  nested() {
    const length = this.u32();
    return new Fields(this.#bytes, this.#fixed(length), this.#at);
  }

  /** @param {number} least of the bytes of an item, so that no count makes us reserve memory */
  list(least, read) {
    const count = this.u32();
    if (count > this.remaining / least) throw this.broken(`a count of ${count} is not possible`);
    return Array.from({ length: count }, read);
  }

  choice(values) {
    const number = this.u8();
    if (number >= values.length) throw this.broken(`there is no end of number ${number}`);
    return values[number];
  }

  get remaining() {
    return this.#end - this.#at;
  }

  broken(what) {
    return new RecordingError(`The recording cannot be read at byte ${this.#at}: ${what}.`);
  }

  #fixed(size) {
    const at = this.#at;
    if (size > this.remaining) throw this.broken("it ends in the middle");
    this.#at += size;
    return at;
  }
}
