/** Unit tests for rooms, with any test runner: `import { MockRoom } from "@cloudramp/room/testing"`. */

/** A message: text, or bytes. */
export type Data = string | Uint8Array;

/** What a hook has emitted. */
export type RoomEvent =
  | { type: "broadcast"; data: Data; except: string[] }
  | { type: "send"; connection: string; data: Data }
  | { type: "sendTo"; connections: string[]; data: Data }
  | { type: "close"; connection: string; code: number; reason: string }
  | { type: "setState"; connection: string; state: string };

/**
 * A host function: reads its request, does its work, writes its response. It throws a {@link HostFunctionError} to
 * answer an error.
 */
export type HostFunction = (request: Reader, response: Writer) => void;

/**
 * What a host allows a hook: the settings `limits.…` of a server. `time` is in milliseconds; the mock room gives 2,000 and a
 * server 250, as the machine of a unit test may be slow.
 */
export interface Limits {
  time: number;
  memoryPages: number;
  hostCalls: number;
  requestBytes: number;
  responseBytes: number;
  messageBytes: number;
  effects: number;
  effectBytes: number;
  kvOperations: number;
  kvKeyBytes: number;
  kvValueBytes: number;
  kvRoomBytes: number;
  timers: number;
  logLines: number;
  logLineLength: number;
}

/** The limits that hold unless a test says otherwise. */
export declare const LIMITS: Readonly<Limits>;

/** How a hook failed, as `onError` is told. The codes are those of guest ABI 1. */
export declare const FailureCode: {
  readonly trapped: 1;
  readonly deadline: 2;
  readonly memory: 3;
  readonly quota: 4;
  readonly abi: 5;
  readonly store: 6;
};

export interface MockRoomOptions {
  /** The room's name; `lobby` if nothing is said. */
  id?: string;
  service?: string;
  /** Milliseconds since 1970. */
  time?: number;
  /** Of the first event; each event has another, decided by this one. */
  seed?: bigint;
  /** What the room remembers from before. */
  kv?: MockKv;
  /** The module's source map, for the places of errors; `load` finds it beside the module. */
  sourceMap?: string;
  /** Further host functions, by name, such as `leaderboard.add`. */
  functions?: Record<string, HostFunction>;
  /** Those that are other than a server's, such as `{ time: 100 }`; `Infinity` is none. */
  limits?: Partial<Limits>;
}

/** Who joins a {@link MockRoom}. */
export interface Joining {
  /** The connection's id; without it, one is made. */
  id?: string;
  /** Who it is, as a token's `sub` says; without it, nobody knows. */
  user?: string;
  /** What else a token says of them; the room gets it as JSON. */
  info?: unknown;
}

/**
 * A room for unit tests: it runs a room's module as the host would, one hook at a time, with time, users and keys
 * that the test decides. Whatever a hook does takes effect when it has succeeded.
 */
export class MockRoom {
  /** @throws Error when the module is not one that a host would load */
  constructor(wasm: Uint8Array, options?: MockRoomOptions);
  /** Reads the module that `room build` makes of the project in the current folder, and its source map. */
  static load(options?: MockRoomOptions): MockRoom;
  /** Reads a module, and its source map, from files. */
  static load(file: string, options?: MockRoomOptions): MockRoom;

  /** Everything that hooks have emitted, oldest first. */
  events: RoomEvent[];
  /** What hooks have logged, also those that failed. */
  log: { level: string; text: string }[];
  /** Milliseconds since 1970; stands still unless {@link advance} is called. */
  time: number;
  /** The room's keys and values. */
  kv: MockKv;
  /** The timers that are set. */
  readonly timers: MockTimers;
  /** The ids of those who are in the room, in the order in which they joined. */
  get connections(): string[];
  /** @deprecated The former name of {@link connections}. */
  get users(): string[];

  /**
   * Somebody joins: by the connection's id alone, or with who it is. The user is not `connected` when the room refused.
   *
   * @throws HookFailure when `onJoin` failed; nobody has joined then
   */
  join(who?: string | Joining): MockUser;
  /**
   * Somebody asks the room by HTTP: `room.request("/bids?from=7", { method: "POST", body: "…" })`.
   *
   * @param path what of the URL comes behind the room
   * @returns status 404 when the room has no `onRequest`, and 204 when it has said nothing
   * @throws HookFailure when `onRequest` failed; a client gets 500 then
   */
  request(path: string, options?: Asking): MockResponse;
  /**
   * Lets time pass. Timers fire on the way, each at its time; those that are due together in the order in which they were set.
   * One whose hook fails is tried again, as on a server.
   *
   * @throws HookFailure of the first hook that failed; all of the time has passed then, and all timers have been tried
   */
  advance(milliseconds: number): void;
  /** The next call of a host function, such as `kv.get`, answers an error: one of {@link ErrorCode}, or a plugin's own. */
  failNextCall(name: string, code: number, message?: string): void;
  /**
   * The module is put away with all that it remembers, as happens to a room that nobody used for a while, and to any room
   * when memory is short. With somebody in the room, its next `onStart` is told that the room woke up.
   */
  evict(): void;
}

/** How somebody asks a {@link MockRoom}. */
export interface Asking {
  /** `GET` if nothing is said. */
  method?: string;
  headers?: Record<string, string>;
  body?: Data;
  /** Who it is, as a token's `sub` says; without it, nobody knows. */
  user?: string;
  /** What else a token says of them; the room gets it as JSON. */
  info?: unknown;
}

/** What a room has answered. */
export class MockResponse {
  private constructor();
  readonly status: number;
  /** By name, in small letters. */
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  /** The body, read as UTF-8. */
  get text(): string;
  /** The body, read as JSON. */
  json(): unknown;
}

/** Somebody in a {@link MockRoom}. */
export class MockUser {
  private constructor();
  /** The connection's id. */
  readonly id: string;
  /** Who it is; empty if nobody has said it. */
  readonly user: string;
  /** What else is said of them, as JSON; empty for nothing. */
  readonly info: string;
  /** The messages that reached this user, oldest first: text as strings, binary as Uint8Array. */
  received: Data[];
  /** Whether the user is in the room. */
  connected: boolean;
  /** How the connection was closed: by the room, or with 1003 for a kind of message that the room does not take; null if it was not. */
  closed: { code: number; reason: string } | null;
  /** How a server closes the connection of somebody whom the room has refused: `refuse` says it, or else it is 4003; null if it has not. */
  refused: { code: number; reason: string } | null;
  /** What the room remembers of this connection, its `state`; empty for nothing. A test may set it as well. */
  state: string;

  /**
   * Sends a message to the room: a string as text, bytes as binary.
   *
   * @throws HookFailure when `onMessage` failed
   */
  send(data: Data): void;
  /** Leaves the room. */
  leave(code?: number, reason?: string): void;
}

/** A room's keys and values, which outlive the room's code. */
export class MockKv {
  /** The text under `key`, or null. @param now milliseconds since 1970; without it nothing has expired */
  get(key: string, now?: number): string | null;
  /** The bytes under `key`, or null. */
  getBytes(key: string, now?: number): Uint8Array | null;
  /** Puts a text or bytes under `key`. @param expires milliseconds since 1970 */
  set(key: string, value: Data, expires?: number): void;
  delete(key: string): void;
  /** The bytes that all keys count towards `kvRoomBytes`. */
  bytes(now?: number): number;
}

/** The timers that are set in a room. */
export class MockTimers {
  private constructor();
  /** How many are set. */
  get size(): number;
  /** The names of all, the soonest first. */
  get names(): string[];
  /** When the timer of that name is due, in milliseconds since 1970; null when there is none. */
  due(name: string): number | null;
}

/** What a host function answers when it does not do what it was asked. */
export const ErrorCode: {
  readonly badRequest: 1;
  readonly unavailable: 2;
  readonly timeout: 3;
  readonly limit: 4;
  readonly denied: 5;
  readonly gone: 6;
  readonly unknown: 7;
  readonly internal: 8;
};

/** Thrown by a host function: the guest gets the code and the message. */
export class HostFunctionError extends Error {
  /** @param code one of {@link ErrorCode}, or a plugin's own (64 and up) */
  constructor(code: number, message: string);
  readonly code: number;
}

/** A hook that failed. Nothing that it did took effect. */
export class HookFailure extends Error {
  private constructor();
  /** The hook that failed. */
  readonly hook: string;
  /** The hook that was called, of which `onError` is told: the same, or the one that a failed `onStart` began. */
  readonly call: string;
  /** Where in the program, as far as is known. */
  readonly position: { file: string; line: number; column: number } | null;
  /** The reason without the position. */
  readonly reason: string;
  /** How it failed: one of {@link FailureCode}. */
  readonly code: number;
  /** The reason and the position. */
  readonly description: string;
  /** What `onError` is told: in the words of a server, which knows no more of the place than the program says. */
  readonly told: string;
}

/** Reads values one after the other; what is missing reads as zero or empty. */
export class Reader {
  constructor(bytes: Uint8Array);
  u8(): number;
  bool(): boolean;
  u32(): number;
  i32(): number;
  i64(): bigint;
  f64(): number;
  bytes(): Uint8Array;
  string(): string;
  /** A message: text as a string, binary as bytes. */
  data(): Data;
  list<T>(read: (from: Reader) => T, most?: number): T[];
  /** Lists of texts, of which a server takes 16,384 at most, lists and texts; with more the call is answered with `limit`. */
  stringLists(most: number): string[][];
  /** What has not been read, as it is. */
  rest(): Uint8Array;
  /** How many bytes have not been read. */
  get remaining(): number;
}

/** Writes values one after the other. */
export class Writer {
  u8(value: number): this;
  bool(value: boolean): this;
  u32(value: number): this;
  i32(value: number): this;
  i64(value: bigint | number): this;
  u64(value: bigint | number): this;
  f64(value: number): this;
  bytes(value: Uint8Array): this;
  /** Bytes without their length: fields that were written elsewhere. */
  raw(value: Uint8Array): this;
  string(value: string): this;
  /** A message: a string as text, bytes as binary. */
  data(value: Data): this;
  /** Null or undefined as absent, anything else by `write`. */
  optional<T>(value: T | null | undefined, write: (to: Writer, value: T) => void): this;
  list<T>(values: readonly T[], write: (to: Writer, value: T) => void): this;
  /** What has been written. */
  written(): Uint8Array;
}
