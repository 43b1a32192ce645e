/** The encoding of guest ABI 1: little-endian, unaligned; strings and bytes are a 32-bit length and the bytes. */

import { ErrorCode, HostFunctionError } from "./errors.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Writes values one after the other. */
export class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  u8(value) {
    this.#space(1)[0] = value;
    return this;
  }

  bool(value) {
    return this.u8(value ? 1 : 0);
  }

  u32(value) {
    this.#view(4).setUint32(0, value, true);
    return this;
  }

  i32(value) {
    this.#view(4).setInt32(0, value, true);
    return this;
  }

  i64(value) {
    this.#view(8).setBigInt64(0, BigInt(value), true);
    return this;
  }

  u64(value) {
    this.#view(8).setBigUint64(0, BigInt(value), true);
    return this;
  }

  f64(value) {
    this.#view(8).setFloat64(0, value, true);
    return this;
  }

  bytes(value) {
    this.u32(value.length);
    this.#space(value.length).set(value);
    return this;
  }

  /** Bytes without their length: fields that were written elsewhere. */
  raw(value) {
    this.#space(value.length).set(value);
    return this;
  }

  string(value) {
    return this.bytes(encoder.encode(value));
  }

  /** A message: a string as text, bytes as binary. */
  data(value) {
    return typeof value === "string" ? this.u8(0).string(value) : this.u8(1).bytes(value);
  }

  /** Null or undefined as absent, anything else by `write`. */
  optional(value, write) {
    if (value === null || value === undefined) return this.u8(0);
    this.u8(1);
    write(this, value);
    return this;
  }

  list(values, write) {
    this.u32(values.length);
    for (const value of values) write(this, value);
    return this;
  }

  /** What has been written. */
  written() {
    return this.#bytes.slice(0, this.#length);
  }

  #space(size) {
    const needed = this.#length + size;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    const space = this.#bytes.subarray(this.#length, needed);
    this.#length = needed;
    return space;
  }

  #view(size) {
    const space = this.#space(size);
    return new DataView(space.buffer, space.byteOffset, size);
  }
}

/** Reads values one after the other; what is missing reads as zero or empty. */
export class Reader {
  #bytes;
  #position = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  u8() {
    return this.#fixed(1)?.getUint8(0) ?? 0;
  }

  bool() {
    return this.u8() !== 0;
  }

  u32() {
    return this.#fixed(4)?.getUint32(0, true) ?? 0;
  }

  i32() {
    return this.#fixed(4)?.getInt32(0, true) ?? 0;
  }

  i64() {
    return this.#fixed(8)?.getBigInt64(0, true) ?? 0n;
  }

  f64() {
    return this.#fixed(8)?.getFloat64(0, true) ?? 0;
  }

  bytes() {
    const claimed = this.u32();
    const end = Math.min(this.#position + claimed, this.#bytes.length);
    const value = this.#bytes.slice(this.#position, end);
    this.#position = end;
    return value;
  }

  string() {
    return decoder.decode(this.bytes());
  }

  /** A message: text as a string, binary as bytes. */
  data() {
    return this.u8() === 0 ? this.string() : this.bytes();
  }

  /**
   * Reads values as `read` does.
   *
   * @param {number} [most] how many there may be; with more the host refuses the call before it reads one
   */
  list(read, most = Infinity) {
    const count = this.#count(most);
    const values = [];
    // A count may claim anything; each item has a byte at least.
    while (values.length < count && this.remaining > 0) values.push(read(this));
    return values;
  }

  /** Reads lists of texts, of which there may be `most`, lists and texts. */
  stringLists(most) {
    const count = this.#count(most);
    const lists = [];
    for (let left = most - count; lists.length < count && this.remaining > 0; left -= lists.at(-1).length) {
      lists.push(this.list((item) => item.string(), left));
    }
    return lists;
  }

  #count(most) {
    const count = this.u32();
    if (count > most) throw new HostFunctionError(ErrorCode.limit, `a list of ${count} items; ${most} are allowed here`);
    return count;
  }

  /** What has not been read, as it is. */
  rest() {
    return this.#bytes.slice(this.#position);
  }

  /** How many bytes have not been read. */
  get remaining() {
    return this.#bytes.length - this.#position;
  }

  #fixed(size) {
    const at = this.#position;
    if (this.#bytes.length - at < size) {
      this.#position = this.#bytes.length;
      return null;
    }
    this.#position = at + size;
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, size);
  }
}
