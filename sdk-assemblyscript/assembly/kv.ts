import {
  beginRequest, receive, sendRequest, tryReceive, writeBytes, writeI64, writeString, writeStrings,
} from "./abi/exchange";
import { readBytes, readI64, readString, readU32, readU8 } from "./abi/reader";
import { HostError } from "./host-error";
import { Result } from "./result";

// @ts-ignore: decorator
@external("kv", "get")
declare function hostGet(): void;
// @ts-ignore: decorator
@external("kv", "getMany")
declare function hostGetMany(): void;
// @ts-ignore: decorator
@external("kv", "set")
declare function hostSet(): void;
// @ts-ignore: decorator
@external("kv", "delete")
declare function hostDelete(): void;
// @ts-ignore: decorator
@external("kv", "increment")
declare function hostIncrement(): void;
// @ts-ignore: decorator
@external("kv", "incrementWithin")
declare function hostIncrementWithin(): void;

/**
 * What a room remembers: keys and values that outlive hooks, evictions and servers. Each room has its own.
 *
 * A hook sees its own writes at once. Other hooks see them when it has succeeded; a hook that fails writes
 * nothing. `ttl` is the time to live in milliseconds, counted from the call that sets it; 0 is for ever. Each
 * function ends the hook when the host answers an error; its `try…` twin returns the error instead.
 */
export abstract class kv {
  /** The text under `key`, or null when there is none. */
  static get(key: string): string | null {
    requestGet(key);
    receive();
    return readText();
  }

  static tryGet(key: string): Result<string | null> {
    requestGet(key);
    const error = tryReceive();
    return new Result<string | null>(error ? null : readText(), error);
  }

  /** The bytes under `key`, or null when there are none. */
  static getBytes(key: string): ArrayBuffer | null {
    requestGet(key);
    receive();
    return readValue();
  }

  static tryGetBytes(key: string): Result<ArrayBuffer | null> {
    requestGet(key);
    const error = tryReceive();
    return new Result<ArrayBuffer | null>(error ? null : readValue(), error);
  }

  /** The texts under `keys`, in their order, with null for each that is not there. One call of the host. */
  static getMany(keys: string[]): Array<string | null> {
    requestGetMany(keys);
    receive();
    return readTexts();
  }

  static tryGetMany(keys: string[]): Result<Array<string | null>> {
    requestGetMany(keys);
    const error = tryReceive();
    return new Result<Array<string | null>>(error ? [] : readTexts(), error);
  }

  /** The bytes under `keys`, in their order, with null for each that is not there. One call of the host. */
  static getManyBytes(keys: string[]): Array<ArrayBuffer | null> {
    requestGetMany(keys);
    receive();
    return readValues();
  }

  static tryGetManyBytes(keys: string[]): Result<Array<ArrayBuffer | null>> {
    requestGetMany(keys);
    const error = tryReceive();
    return new Result<Array<ArrayBuffer | null>>(error ? [] : readValues(), error);
  }

  /** Puts a text under `key`, in the place of what was there. */
  static set(key: string, text: string, ttl: i64 = 0): void {
    requestSet(key, text, ttl);
    receive();
  }

  static trySet(key: string, text: string, ttl: i64 = 0): Result<bool> {
    requestSet(key, text, ttl);
    return done(tryReceive());
  }

  /** Puts bytes under `key`, in the place of what was there. */
  static setBytes(key: string, bytes: ArrayBuffer, ttl: i64 = 0): void {
    requestSetBytes(key, bytes, ttl);
    receive();
  }

  static trySetBytes(key: string, bytes: ArrayBuffer, ttl: i64 = 0): Result<bool> {
    requestSetBytes(key, bytes, ttl);
    return done(tryReceive());
  }

  /** Removes `key`; a key that is not there is no error. */
  static delete(key: string): void {
    requestDelete(key);
    receive();
  }

  static tryDelete(key: string): Result<bool> {
    requestDelete(key);
    return done(tryReceive());
  }

  /**
   * Adds `by` to the number under `key`, which counts as 0 when it is not there, and returns the sum. Kept as
   * decimal text. Each call sets `ttl` anew; a counter that is to end is `incrementWithin`'s. Errors:
   * `BadRequest` when the value is no such number, or the sum does not fit an i64.
   */
  static increment(key: string, by: i64 = 1, ttl: i64 = 0): i64 {
    requestIncrement(key, by, ttl);
    receive();
    return readI64();
  }

  static tryIncrement(key: string, by: i64 = 1, ttl: i64 = 0): Result<i64> {
    requestIncrement(key, by, ttl);
    const error = tryReceive();
    return new Result<i64>(error ? 0 : readI64(), error);
  }

  /**
   * Counts within a window of time: as `increment`, but the call that makes the key begins the window of
   * `ttl` milliseconds, and later calls do not prolong it. When it is over, the next call counts from 0 in a
   * new window. What rate limiters need.
   */
  static incrementWithin(key: string, ttl: i64, by: i64 = 1): i64 {
    requestIncrementWithin(key, ttl, by);
    receive();
    return readI64();
  }

  static tryIncrementWithin(key: string, ttl: i64, by: i64 = 1): Result<i64> {
    requestIncrementWithin(key, ttl, by);
    const error = tryReceive();
    return new Result<i64>(error ? 0 : readI64(), error);
  }
}

function requestGet(key: string): void {
  beginRequest();
  writeString(key);
  sendRequest();
  hostGet();
}

function requestGetMany(keys: string[]): void {
  beginRequest();
  writeStrings(keys);
  sendRequest();
  hostGetMany();
}

function requestSet(key: string, text: string, ttl: i64): void {
  beginRequest();
  writeString(key);
  writeString(text);
  writeI64(ttl);
  sendRequest();
  hostSet();
}

function requestSetBytes(key: string, bytes: ArrayBuffer, ttl: i64): void {
  beginRequest();
  writeString(key);
  writeBytes(bytes);
  writeI64(ttl);
  sendRequest();
  hostSet();
}

function requestDelete(key: string): void {
  beginRequest();
  writeString(key);
  sendRequest();
  hostDelete();
}

function requestIncrement(key: string, by: i64, ttl: i64): void {
  beginRequest();
  writeString(key);
  writeI64(by);
  writeI64(ttl);
  sendRequest();
  hostIncrement();
}

function requestIncrementWithin(key: string, ttl: i64, by: i64): void {
  beginRequest();
  writeString(key);
  writeI64(by);
  writeI64(ttl);
  sendRequest();
  hostIncrementWithin();
}

function readText(): string | null {
  return readU8() ? readString() : null;
}

function readValue(): ArrayBuffer | null {
  return readU8() ? readBytes() : null;
}

function readTexts(): Array<string | null> {
  const texts = new Array<string | null>(<i32>readU32());
  for (let i = 0; i < texts.length; ++i) texts[i] = readText();
  return texts;
}

function readValues(): Array<ArrayBuffer | null> {
  const values = new Array<ArrayBuffer | null>(<i32>readU32());
  for (let i = 0; i < values.length; ++i) values[i] = readValue();
  return values;
}

function done(error: HostError | null): Result<bool> {
  return new Result<bool>(error === null, error);
}
