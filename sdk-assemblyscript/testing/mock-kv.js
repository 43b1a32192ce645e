import { ErrorCode, HostFunctionError } from "./errors.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const DECIMAL = /^-?[0-9]{1,19}$/;

/** A room's keys and values, which outlive the room's code. */
export class MockKv {
  /** @type {Map<string, {value: Uint8Array, expires: number}>} */
  #entries = new Map();

  /** The text under `key`, or null. @param {number} [now] milliseconds since 1970; without it nothing has expired */
  get(key, now = -Infinity) {
    const value = this.getBytes(key, now);
    return value && decoder.decode(value);
  }

  /** The bytes under `key`, or null. */
  getBytes(key, now = -Infinity) {
    const entry = this.#entries.get(key);
    return entry && entry.expires > now ? entry.value : null;
  }

  /** Puts a text or bytes under `key`. @param {number} [expires] milliseconds since 1970 */
  set(key, value, expires = Infinity) {
    this.#entries.set(key, { value: typeof value === "string" ? encoder.encode(value) : value, expires });
  }

  delete(key) {
    this.#entries.delete(key);
  }
}

/** What one hook reads and writes. It sees its own writes; the store sees them at {@link commit}. */
export class KvTransaction {
  #store;
  #now;
  /** @type {Map<string, {value: Uint8Array | null, expires: number}>} a null value is a removed key */
  #writes = new Map();

  constructor(store, now) {
    this.#store = store;
    this.#now = now;
  }

  get(key) {
    requireKey(key);
    const written = this.#writes.get(key);
    return written ? written.value : this.#store.getBytes(key, this.#now);
  }

  set(key, value, ttl) {
    requireKey(key);
    if (ttl < 0n) throw new HostFunctionError(ErrorCode.badRequest, `kv: the time to live of '${key}' is negative`);
    this.#writes.set(key, { value, expires: this.#expiry(ttl) });
  }

  delete(key) {
    requireKey(key);
    this.#writes.set(key, { value: null, expires: Infinity });
  }

  increment(key, by, ttl) {
    const value = this.get(key);
    const text = value === null ? "0" : decoder.decode(value);
    const sum = DECIMAL.test(text) ? BigInt(text) + by : null;
    if (sum === null || sum !== BigInt.asIntN(64, sum)) {
      throw new HostFunctionError(ErrorCode.badRequest, `kv.increment: '${key}' is no 64-bit number`);
    }
    this.set(key, encoder.encode(String(sum)), ttl);
    return sum;
  }

  commit() {
    for (const [key, { value, expires }] of this.#writes) {
      if (value === null) this.#store.delete(key);
      else this.#store.set(key, value, expires);
    }
  }

  #expiry(ttl) {
    return ttl === 0n ? Infinity : this.#now + Number(ttl);
  }
}

function requireKey(key) {
  if (key === "") throw new HostFunctionError(ErrorCode.badRequest, "kv: a key is empty");
}
