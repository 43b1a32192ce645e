import { ErrorCode, FailureCode, HookEnd, HostFunctionError } from "./errors.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** What each key counts besides its name and its value. */
const BYTES_PER_KEY = 256;
const DECIMAL = /^[+-]?[0-9]+$/;

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
    return this.entry(key, now)?.value ?? null;
  }

  /** @internal the bytes under `key` with when they expire, or null */
  entry(key, now = -Infinity) {
    const entry = this.#entries.get(key);
    return entry && entry.expires > now ? entry : null;
  }

  /** Puts a text or bytes under `key`. @param {number} [expires] milliseconds since 1970 */
  set(key, value, expires = Infinity) {
    this.#entries.set(key, { value: typeof value === "string" ? encoder.encode(value) : value, expires });
  }

  delete(key) {
    this.#entries.delete(key);
  }

  /** The bytes that all keys count, as a server counts them. */
  bytes(now = -Infinity) {
    let sum = 0;
    for (const [key, { value, expires }] of this.#entries) {
      if (expires > now) sum += bytesOf(key, value);
    }
    return sum;
  }
}

/** What one hook reads and writes. It sees its own writes; the store sees them at {@link commit}. */
export class KvTransaction {
  #store;
  #now;
  #limits;
  #operations = 0;
  /** @type {Map<string, {value: Uint8Array | null, expires: number}>} a null value is a removed key */
  #writes = new Map();

  /**
   * @param {MockKv} store
   * @param {number} now milliseconds since 1970
   * @param {typeof import("./limits.js").LIMITS} limits
   */
  constructor(store, now, limits) {
    this.#store = store;
    this.#now = now;
    this.#limits = limits;
  }

  /** The values under keys, in their order, with null for what is not there. */
  read(keys) {
    this.#count(keys.length);
    return keys.map((key) => {
      this.#requireKey(key);
      const written = this.#writes.get(key);
      return written ? written.value : this.#store.getBytes(key, this.#now);
    });
  }

  set(key, value, ttl) {
    requireNotNegative(ttl);
    this.#put(key, value, this.#expiry(ttl));
  }

  delete(key) {
    this.#count(1);
    this.#requireKey(key);
    this.#writes.set(key, { value: null, expires: Infinity });
  }

  /** Adds to a number, and sets its time to live. */
  increment(key, by, ttl) {
    const sum = this.#sum(key, by, ttl);
    this.#put(key, encoder.encode(String(sum)), this.#expiry(ttl));
    return sum;
  }

  /** Adds to a number, and leaves it the time that it has; one that is not there begins with `ttl`. */
  incrementWithin(key, by, ttl) {
    const sum = this.#sum(key, by, ttl);
    const written = this.#writes.get(key);
    const held = written ?? this.#store.entry(key, this.#now);
    this.#put(key, encoder.encode(String(sum)), held && held.value !== null ? held.expires : this.#expiry(ttl));
    return sum;
  }

  #sum(key, by, ttl) {
    requireNotNegative(ttl);
    const [value] = this.read([key]);
    const text = value === null ? "0" : decoder.decode(value);
    const number = DECIMAL.test(text) ? BigInt(text.replace("+", "")) : null;
    if (number === null || number !== BigInt.asIntN(64, number)) {
      throw new HostFunctionError(ErrorCode.badRequest, `key '${key}' does not hold a whole number, so it cannot be incremented`);
    }
    const sum = number + by;
    if (sum !== BigInt.asIntN(64, sum)) {
      throw new HostFunctionError(ErrorCode.badRequest, `key '${key}' holds ${number}; ${by} more do not fit 64 bits`);
    }
    return sum;
  }

  /** @throws {HookEnd} when the room would hold more than it may */
  commit() {
    this.#requireRoom();
    for (const [key, { value, expires }] of this.#writes) {
      if (value === null) this.#store.delete(key);
      else this.#store.set(key, value, expires);
    }
  }

  #requireRoom() {
    let growth = 0;
    for (const [key, { value }] of this.#writes) {
      const held = this.#store.getBytes(key, this.#now);
      growth += (value === null ? 0 : bytesOf(key, value)) - (held === null ? 0 : bytesOf(key, held));
    }
    const { kvRoomBytes } = this.#limits;
    const bytes = growth > 0 ? this.#store.bytes(this.#now) + growth : 0;
    if (bytes > kvRoomBytes) {
      throw new HookEnd(FailureCode.quota,
        `the keys of the room would take ${bytes} bytes, and limits.kvRoomBytes allows ${kvRoomBytes}; delete keys, or let them live shorter`);
    }
  }

  #expiry(ttl) {
    return ttl === 0n ? Infinity : this.#now + Number(ttl);
  }

  #put(key, value, expires) {
    this.#count(1);
    this.#requireKey(key);
    const { kvValueBytes } = this.#limits;
    if (value.length > kvValueBytes) throw overLimit(`a value of ${value.length} bytes`, "kvValueBytes", kvValueBytes);
    this.#writes.set(key, { value, expires });
  }

  #count(more) {
    this.#operations += more;
    const { kvOperations } = this.#limits;
    if (this.#operations > kvOperations) throw overLimit(`${this.#operations} KV operations in one hook`, "kvOperations", kvOperations);
  }

  #requireKey(key) {
    const size = encoder.encode(key).length;
    if (size === 0) throw new HostFunctionError(ErrorCode.badRequest, "a key is empty");
    const { kvKeyBytes } = this.#limits;
    if (size > kvKeyBytes) throw overLimit(`a key of ${size} bytes`, "kvKeyBytes", kvKeyBytes);
  }
}

function bytesOf(key, value) {
  return BYTES_PER_KEY + encoder.encode(key).length + value.length;
}

function requireNotNegative(ttl) {
  if (ttl < 0n) throw new HostFunctionError(ErrorCode.badRequest, `a time to live of ${ttl} ms is negative; 0 means for ever`);
}

function overLimit(what, limit, most) {
  return new HostFunctionError(ErrorCode.limit, `${what}; limits.${limit} allows ${most}`);
}
