import { existsSync, readFileSync } from "node:fs";
import { builtModule } from "./built-module.js";
import { withCappedMemory } from "./capped-memory.js";
import { ErrorCode, HookFailure, HostFunctionError } from "./errors.js";
import { Guest } from "./guest.js";
import { KvTransaction, MockKv } from "./mock-kv.js";
import { SourcePositions } from "./source-positions.js";
import { Writer } from "./wire.js";

/** The code by which `onError` knows a program that ended its hook. */
const TRAPPED = 1;
const LONGEST_REASON = 123;
const encoder = new TextEncoder();
const LOG_LEVELS = ["debug", "info", "warn", "error"];

/**
 * @typedef {string | Uint8Array} Data a message: text, or bytes
 * @typedef {{type: "broadcast", data: Data, except: string[]} | {type: "send", connection: string, data: Data} |
 *   {type: "close", connection: string, code: number, reason: string}} RoomEvent
 * @typedef {import("./guest.js").HostFunction} HostFunction
 */

/**
 * A room for unit tests: it runs a room's module as the host would, one hook at a time, with time, users and keys
 * that the test decides. Whatever a hook does takes effect when it has succeeded.
 *
 * ```js
 * const room = MockRoom.load("build/chat.wasm");
 * const ann = room.join("ann");
 * ann.send("hello");
 * assert.deepEqual(ann.received, ["ann joined", "ann: hello"]);
 * ```
 */
export class MockRoom {
  /** Everything that hooks have emitted, oldest first. @type {RoomEvent[]} */
  events = [];
  /** What hooks have logged, also those that failed. @type {{level: string, text: string}[]} */
  log = [];
  /** Milliseconds since 1970; stands still unless {@link advance} is called. */
  time;
  /** The room's keys and values. @type {MockKv} */
  kv;

  #module;
  /** The names of the module's exports. @type {Set<string>} */
  #exports;
  #service;
  #id;
  #seed;
  #keepsMemory;
  #functions;
  #positions;
  /** @type {Map<string, MockUser>} */
  #members = new Map();
  #joined = 0;
  #started = false;
  /** @type {Guest | null} */
  #guest = null;
  #emitted = [];
  #transaction;
  /** @type {{name: string, error: HostFunctionError}[]} */
  #failures = [];

  /**
   * @param {Uint8Array} wasm the room's module
   * @param {object} [options]
   * @param {string} [options.id] the room's name
   * @param {string} [options.service]
   * @param {number} [options.time] milliseconds since 1970
   * @param {bigint} [options.seed] of the first event; each event has another, decided by this one
   * @param {MockKv} [options.kv] what the room remembers from before
   * @param {string} [options.sourceMap] the module's source map, for positions of errors in libraries
   * @param {Record<string, HostFunction>} [options.functions] further host functions, such as `leaderboard.add`
   * @throws {Error} when the module is not one that a host would load
   */
  constructor(wasm, { id = "lobby", service = "test", time = 1_700_000_000_000, seed = 1n, kv = new MockKv(),
    functions = {}, sourceMap } = {}) {
    const capped = withCappedMemory(wasm);
    this.#module = new WebAssembly.Module(capped.wasm);
    this.#exports = new Set(WebAssembly.Module.exports(this.#module).map(({ name }) => name));
    this.#keepsMemory = this.#exports.has("sandbox_room_memory");
    this.#service = service;
    this.#id = id;
    this.#seed = seed;
    this.time = time;
    this.kv = kv;
    this.#positions = sourceMap === undefined ? null : new SourcePositions(wasm, sourceMap, capped.shift);
    this.#functions = this.#withFailures({ ...this.#builtIn(), ...functions });
    this.#load();
  }

  /**
   * Reads a module, and its source map, from files.
   *
   * @param {string | object} [file] the module; without it, the one that `room build` makes of the project in the current folder
   * @param {object} [options] those of the constructor; they may also be all that is given
   */
  static load(file = {}, options = {}) {
    if (typeof file !== "string") return MockRoom.load(builtModule(), file);
    if (!existsSync(file)) throw new Error(`There is no file '${file}'. 'npx room build' makes the module, and says where.`);
    const mapFile = `${file}.map`;
    const sourceMap = existsSync(mapFile) ? readFileSync(mapFile, "utf8") : undefined;
    return new MockRoom(readFileSync(file), { sourceMap, ...options });
  }

  /** The ids of those who are in the room, in the order in which they joined. */
  get users() {
    return [...this.#members.keys()];
  }

  /**
   * Somebody joins.
   *
   * @param {string} [id]
   * @returns {MockUser} not `connected` when the room refused
   * @throws {HookFailure} when `onJoin` failed; nobody has joined then
   */
  join(id = `user-${this.#joined + 1}`) {
    if (this.#members.has(id)) throw new Error(`'${id}' is in the room already`);
    this.#joined += 1;
    const user = new MockUser(this, id);
    this.#members.set(id, user);
    user.connected = true;
    try {
      if (!this.#dispatch("onJoin", id, (event) => event.string(id))) this.#remove(user);
    } catch (failure) {
      this.#remove(user);
      throw failure;
    }
    return user;
  }

  /** Lets time pass. @param {number} milliseconds */
  advance(milliseconds) {
    this.time += milliseconds;
  }

  /**
   * The next call of a host function answers an error.
   *
   * @param {string} name such as `kv.get`
   * @param {number} code one of `ErrorCode`
   */
  failNextCall(name, code, message = `${name} failed in this test`) {
    this.#failures.push({ name, error: new HostFunctionError(code, message) });
  }

  /** The module is put away with all that it remembers, as happens to a room that nobody used for a while. */
  evict() {
    this.#guest = null;
    this.#started = false;
  }

  /** @internal called by MockUser */
  receive(user, data) {
    this.#requireMember(user);
    this.#dispatch("onMessage", user.id, (event) => event.string(user.id).data(data));
  }

  /** @internal called by MockUser */
  leave(user, code, reason) {
    this.#requireMember(user);
    this.#remove(user);
    this.#dispatch("onLeave", user.id, (event) => event.string(user.id).i32(code).string(reason));
  }

  #requireMember(user) {
    if (this.#members.get(user.id) !== user) throw new Error(`'${user.id}' is not in the room`);
  }

  #remove(user) {
    this.#members.delete(user.id);
    user.connected = false;
  }

  /** Runs a hook, then delivers what it emitted. Returns false when it refused. */
  #dispatch(hook, connection, writeFields) {
    this.#start();
    try {
      return this.#run(hook, writeFields);
    } catch (failure) {
      if (!(failure instanceof HookFailure)) throw failure;
      this.#start();
      this.#run("onError", (event) =>
        event.i32(TRAPPED).string(failure.description).string(hook).string(connection));
      throw failure;
    }
  }

  #start() {
    if (this.#started) return;
    this.#started = true;
    this.#run("onStart", () => {});
  }

  #run(hook, writeFields) {
    if (!this.#exports.has(hook)) return true;
    const guest = this.#guest ?? this.#load();
    if (this.#keepsMemory) this.#guest = guest;

    const event = new Writer().string(this.#service).string(this.#id).i64(Math.trunc(this.time)).u64(this.#nextSeed());
    writeFields(event);
    this.#transaction = new KvTransaction(this.kv, this.time);
    this.#emitted = [];
    let accepted;
    try {
      accepted = guest.run(hook, event.written());
    } catch (failure) {
      if (this.#keepsMemory) this.evict();
      throw failure;
    }
    if (!accepted) return false;
    this.#transaction.commit();
    for (const emitted of this.#emitted) this.#deliver(emitted);
    return true;
  }

  #load() {
    return new Guest(this.#module, this.#functions, this.#positions);
  }

  #nextSeed() {
    this.#seed = BigInt.asUintN(64, this.#seed * 6364136223846793005n + 1442695040888963407n);
    return this.#seed;
  }

  #deliver(event) {
    this.events.push(event);
    switch (event.type) {
      case "broadcast":
        for (const user of this.#members.values()) {
          if (!event.except.includes(user.id)) user.received.push(event.data);
        }
        break;
      case "send":
        // An earlier event of the same hook may have closed the connection.
        this.#members.get(event.connection)?.received.push(event.data);
        break;
      case "close": {
        const user = this.#members.get(event.connection);
        if (user) {
          user.closed = { code: event.code, reason: event.reason };
          this.leave(user, event.code, event.reason);
        }
        break;
      }
    }
  }

  #present(id) {
    if (!this.#members.has(id)) throw new HostFunctionError(ErrorCode.gone, "the connection is not in this room");
    return id;
  }

  /** The functions, each of which first looks whether the test wants it to fail. */
  #withFailures(functions) {
    return Object.fromEntries(Object.entries(functions).map(([name, implementation]) => [name, (request, response) => {
      const index = this.#failures.findIndex((failure) => failure.name === name);
      if (index >= 0) throw this.#failures.splice(index, 1)[0].error;
      implementation(request, response);
    }]));
  }

  /** @returns {Record<string, HostFunction>} */
  #builtIn() {
    const optionalBytes = (writer, value) => writer.optional(value, (to, bytes) => to.bytes(bytes));
    return {
      "room.broadcast": (request) => {
        this.#emitted.push({ type: "broadcast", data: request.data(), except: request.list((item) => item.string()) });
      },
      "room.users": (request, response) => {
        response.list(this.users, (to, id) => to.string(id));
      },
      "conn.send": (request) => {
        this.#emitted.push({ type: "send", connection: this.#present(request.string()), data: request.data() });
      },
      "conn.close": (request) => {
        const connection = this.#present(request.string());
        const code = request.i32();
        if (code !== 1000 && (code < 3000 || code > 4999)) {
          throw new HostFunctionError(ErrorCode.badRequest, `close code ${code} is neither 1000 nor from 3000 to 4999`);
        }
        const reason = request.string();
        if (encoder.encode(reason).length > LONGEST_REASON) {
          throw new HostFunctionError(ErrorCode.badRequest, `the reason of a close is longer than ${LONGEST_REASON} bytes`);
        }
        this.#emitted.push({ type: "close", connection, code, reason });
      },
      "kv.get": (request, response) => {
        optionalBytes(response, this.#transaction.get(request.string()));
      },
      "kv.getMany": (request, response) => {
        const keys = request.list((item) => item.string());
        response.list(keys, (to, key) => optionalBytes(to, this.#transaction.get(key)));
      },
      "kv.set": (request) => {
        this.#transaction.set(request.string(), request.bytes(), request.i64());
      },
      "kv.delete": (request) => {
        this.#transaction.delete(request.string());
      },
      "kv.increment": (request, response) => {
        response.i64(this.#transaction.increment(request.string(), request.i64(), request.i64()));
      },
      "sandbox.log": (request) => {
        const level = request.u8();
        this.log.push({ level: LOG_LEVELS[level] ?? `level ${level}`, text: request.string() });
      },
    };
  }
}

/** Somebody in a {@link MockRoom}. */
export class MockUser {
  /** The messages that reached this user, oldest first: text as strings, binary as Uint8Array. @type {Data[]} */
  received = [];
  /** Whether the user is in the room. */
  connected = false;
  /** How the room closed the connection; null if it did not. @type {{code: number, reason: string} | null} */
  closed = null;

  #room;

  constructor(room, id) {
    this.#room = room;
    /** The connection's id. */
    this.id = id;
  }

  /** Sends a message to the room: a string as text, bytes as binary. @param {Data} data */
  send(data) {
    this.#room.receive(this, data);
  }

  /** Leaves the room. */
  leave(code = 1000, reason = "") {
    this.#room.leave(this, code, reason);
  }
}
