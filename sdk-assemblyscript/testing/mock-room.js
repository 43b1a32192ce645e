import { existsSync, readFileSync, statSync } from "node:fs";
import { builtModule } from "./built-module.js";
import { withCappedMemory } from "./capped-memory.js";
import { HookEnd, HookFailure, HostFunctionError } from "./errors.js";
import { Guest } from "./guest.js";
import { HookRun, isBuiltIn } from "./hook-run.js";
import { CONNECTION_ID, identityOf, limitsWith, requireName, ROOM_ID, SERVICE_ID } from "./limits.js";
import { MockKv } from "./mock-kv.js";
import { MockTimers } from "./mock-timers.js";
import { MockResponse, requestOf } from "./requests.js";
import { SourcePositions } from "./source-positions.js";
import { Writer } from "./wire.js";

/** Makes another seed, for `onStart`. */
const START = 0x5851f42d4c957f2dn;
/** On whose behalf a timer fires. */
const NOBODY = { id: "" };
/** What a server tells those whom a room refuses without a word. */
const NOT_LET_IN = { code: 4003, reason: "the room refused the connection" };
/** What a server tells those who send what a room does not take, by what the room's module exports. */
const UNSUPPORTED = {
  sandbox_text_only: { isText: false, close: { code: 1003, reason: "this room takes text messages, and no binary ones" } },
  sandbox_binary_only: { isText: true, close: { code: 1003, reason: "this room takes binary messages, and no text" } },
};

/**
 * @typedef {string | Uint8Array} Data a message: text, or bytes
 * @typedef {{type: "broadcast", data: Data, except: string[]} | {type: "send", connection: string, data: Data} |
 *   {type: "sendTo", connections: string[], data: Data} | {type: "close", connection: string, code: number, reason: string} |
 *   {type: "setState", connection: string, state: string}} RoomEvent
 * @typedef {import("./hook-run.js").HostFunction} HostFunction
 * @typedef {import("./hook-run.js").Close} Close
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
  /** The timers that are set. */
  timers = new MockTimers();

  #module;
  /** The names of the module's exports. @type {Set<string>} */
  #exports;
  #service;
  #id;
  #seed;
  #keepsMemory;
  #functions;
  #positions;
  #limits;
  /** @type {Map<string, MockUser>} */
  #members = new Map();
  #joined = 0;
  /** Whether a hook has run for somebody who is still here, or whose leave runs. */
  #inUse = false;
  /** The instance of a class, with all that it remembers. @type {Guest | null} */
  #guest = null;
  /** The name of the timer whose hook runs. @type {string | null} */
  #answered = null;
  /** Whose `onLeave` runs. @type {MockUser | null} */
  #leaving = null;
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
   * @param {Partial<typeof import("./limits.js").LIMITS>} [options.limits] those that are other than a server's
   * @throws {Error} when the module is not one that a host would load
   */
  constructor(wasm, { id = "lobby", service = "test", time = 1_700_000_000_000, seed = 1n, kv = new MockKv(),
    functions = {}, sourceMap, limits = {} } = {}) {
    this.#limits = limitsWith(limits);
    const capped = withCappedMemory(wasm, this.#limits.memoryPages);
    this.#module = new WebAssembly.Module(capped.wasm);
    this.#exports = new Set(WebAssembly.Module.exports(this.#module).map(({ name }) => name));
    this.#keepsMemory = this.#exports.has("sandbox_room_memory");
    this.#service = requireName("service", service, SERVICE_ID);
    this.#id = requireName("room", id, ROOM_ID);
    this.#seed = seed;
    this.time = time;
    this.kv = kv;
    this.#positions = sourceMap === undefined ? null : new SourcePositions(wasm, sourceMap, capped.shift);
    this.#functions = functions;
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
    if (statSync(file).isDirectory()) throw new Error(`'${file}' is a folder. 'npx room build' makes the module, and says where.`);
    const mapFile = `${file}.map`;
    const sourceMap = existsSync(mapFile) ? readFileSync(mapFile, "utf8") : undefined;
    return new MockRoom(readFileSync(file), { sourceMap, ...options });
  }

  /** The ids of those who are in the room, in the order in which they joined. */
  get connections() {
    return [...this.#members.keys()];
  }

  /** The former name of {@link connections}. */
  get users() {
    return this.connections;
  }

  /**
   * Somebody joins.
   *
   * @param {string | {id?: string, user?: string, info?: unknown}} [who] the connection's id; or with it, or without, who it
   *   is: the user, and what else a token says of them, which the room gets as JSON
   * @returns {MockUser} not `connected` when the room refused; `refused` says with which words
   * @throws {HookFailure} when `onJoin` failed; nobody has joined then
   */
  join(who = {}) {
    const { id = `user-${this.#joined + 1}`, user: name, info } = typeof who === "string" ? { id: who } : who;
    requireName("connection", id, CONNECTION_ID);
    const identity = identityOf(name, info);
    if (this.#members.has(id)) throw new Error(`'${id}' is in the room already`);
    this.#joined += 1;
    const user = new MockUser(this, id, identity);
    this.#members.set(id, user);
    user.connected = true;
    this.#dispatch("onJoin", user, (event) => event.string(id).string(user.user).string(user.info), (accepted, refusal) => {
      if (accepted) return;
      this.#remove(user);
      if (refusal !== undefined) user.refused = { ...(refusal ?? NOT_LET_IN) };
    });
    return user;
  }

  /**
   * Somebody asks the room by HTTP.
   *
   * @param {string} path what of the URL comes behind the room, such as `/bids?from=7`
   * @param {{method?: string, headers?: Record<string, string>, body?: string | Uint8Array, user?: string, info?: unknown}} [options]
   * @returns {MockResponse} 404 when the room has no `onRequest`, and 204 when it has said nothing
   * @throws {HookFailure} when `onRequest` failed; a client gets 500 then
   */
  request(path, { user, info, ...options } = {}) {
    const { method, path: target, headers, body } = requestOf(path, options);
    const identity = identityOf(user, info);
    if (body.length > this.#limits.messageBytes) {
      throw new Error(`A host refuses a body of ${body.length} bytes; limits.messageBytes allows ${this.#limits.messageBytes}.`);
    }
    if (!this.#exports.has("onRequest")) return new MockResponse(404);
    let response = new MockResponse(204);
    this.#dispatch("onRequest", NOBODY, (event) => event.string(method).string(target)
      .list(headers, (to, pair) => to.list(pair, (item, text) => item.string(text)))
      .bytes(body).string(identity.user).string(identity.info), (accepted, _, __, answer) => {
      if (answer) response = answer;
      else if (!accepted) response = new MockResponse(403);
    });
    return response;
  }

  /**
   * Lets time pass. Timers fire on the way, each at its time; those that are due together in the order in which they were set.
   *
   * @param {number} milliseconds
   * @throws {HookFailure} of the first hook that failed; all of the time has passed then, and all timers have been tried
   */
  advance(milliseconds) {
    const end = this.time + milliseconds;
    const failures = [];
    for (let timer = this.timers.next(end); timer; timer = this.timers.next(end)) {
      this.time = Math.max(this.time, timer.fires);
      try {
        this.#fire(timer);
      } catch (failure) {
        if (!(failure instanceof HookFailure)) throw failure;
        failures.push(failure);
      }
    }
    this.time = Math.max(this.time, end);
    if (failures.length > 0) throw failures[0];
  }

  /** One that fails is tried again, as on a server. */
  #fire(timer) {
    this.#answered = timer.name;
    const { name, due, attempt } = timer;
    let hasFailed = false;
    try {
      this.#dispatch("onTimer", NOBODY, (event) => event.string(name).i64(due).i32(attempt), (_, __, failed) => {
        hasFailed = failed === true;
      });
    } finally {
      this.#answered = null;
      if (!hasFailed) {
        this.timers.answered(timer);
      } else if (this.timers.failed(timer, this.time)) {
        this.log.push({ level: "warn", text: `timer '${name}' is dropped: it has failed ${attempt + 1} times` });
      }
    }
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

  /**
   * The module is put away with all that it remembers, as happens to a room that nobody used for a while, and to any room
   * when memory is short. With somebody in the room, its next `onStart` is told that the room woke up.
   */
  evict() {
    this.#guest = null;
  }

  /** @internal called by MockUser */
  receive(user, data) {
    this.#requireMember(user);
    const size = Buffer.byteLength(data);
    if (size > this.#limits.messageBytes) {
      throw new Error(`A host refuses a message of ${size} bytes; limits.messageBytes allows ${this.#limits.messageBytes}.`);
    }
    const unsupported = this.#unsupported(data);
    if (unsupported) {
      user.closed ??= { ...unsupported };
      this.leave(user, unsupported.code, unsupported.reason);
      return;
    }
    this.#dispatch("onMessage", user, (event) => event.string(user.id).data(data).string(user.user).string(user.info));
  }

  /** @internal called by MockUser */
  leave(user, code, reason) {
    this.#requireMember(user);
    this.#remove(user);
    this.#leaving = user;
    this.#dispatch("onLeave", user,
      (event) => event.string(user.id).i32(code).string(reason).string(user.user).string(user.info),
      () => { this.#leaving = null; });
  }

  /** How a server closes the connection of somebody who has sent this; undefined when it does not. */
  #unsupported(data) {
    if (!this.#exports.has("onMessage")) return undefined;
    const isText = typeof data === "string";
    const [, found] = Object.entries(UNSUPPORTED)
      .find(([name, { isText: kind }]) => this.#exports.has(name) && kind === isText) ?? [];
    return found?.close;
  }

  #requireMember(user) {
    if (this.#members.get(user.id) !== user) throw new Error(`'${user.id}' is not in the room`);
  }

  #remove(user) {
    this.#members.delete(user.id);
    user.connected = false;
  }

  /**
   * Runs a hook, and `onError` if it fails; then those whom they have closed leave, in the order in which they joined.
   *
   * @param {(accepted: boolean, refusal?: Close | null, failed?: boolean, answer?: MockResponse | null) => void} [end] told whether the hook has neither refused
   *   nor failed, if it has refused, with which words, whether it has failed, and what it has answered; before anybody leaves
   * @throws {HookFailure} of this hook, or else of the first that failed because somebody was closed
   */
  #dispatch(hook, user, writeFields, end = () => {}) {
    // What is repeated, and what belongs together, has one time and one seed.
    const occasion = { time: this.time, seed: this.#nextSeed() };
    const failures = [];
    try {
      const { accepted, refusal, answer } = this.#run(hook, writeFields, occasion);
      end(accepted, refusal, false, answer);
    } catch (failure) {
      if (!(failure instanceof HookFailure)) throw failure;
      failure.call = hook;
      failures.push(failure);
      this.#answered = null; // what onError does is no answer
      this.#tell(failure, user, occasion);
      end(false, undefined, true);
    }
    this.#answered = null;
    this.#inUse = this.#members.size > 0 && (this.#inUse || this.#exports.has(hook));
    for (const closed of [...this.#members.values()]) {
      if (closed.closed === null || this.#members.get(closed.id) !== closed) continue;
      try {
        this.leave(closed, closed.closed.code, closed.closed.reason);
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Lets `onError` know. If it fails as well, that is the end of it. */
  #tell(failure, user, occasion) {
    try {
      this.#run("onError", (event) =>
        event.i32(failure.code).string(failure.told).string(failure.call).string(user.id), occasion);
    } catch (another) {
      if (!(another instanceof HookFailure)) throw another;
    }
  }

  /** @returns {{accepted: boolean, refusal?: Close | null}} `refusal` when the hook refused: its words, or null */
  #run(hook, writeFields, { time, seed }) {
    if (!this.#exports.has(hook)) return { accepted: true };
    const run = new HookRun(this.#view(time), this.#limits);
    const isNew = this.#guest === null;
    const guest = this.#guest ?? this.#load();
    this.#guest = null; // unless the hook succeeds
    const event = (dice) => new Writer().string(this.#service).string(this.#id).i64(Math.trunc(time)).u64(dice);
    try {
      // The first hook of new memory and onStart are one, but each has its own dice: what a room keeps face down must not be
      // shown by the next throw.
      const starts = this.#keepsMemory && isNew && this.#exports.has("onStart");
      if (starts && !guest.run("onStart", event(seed ^ START).bool(this.#inUse).written(), run)) return { accepted: false, refusal: null };
      const accepted = guest.run(hook, writeFields(event(seed)).written(), run);
      if (this.#keepsMemory) this.#guest = guest;
      if (!accepted || run.refusal) return { accepted: false, refusal: run.refusal };
    } finally {
      run.closeLog();
    }
    try {
      run.commit();
    } catch (end) {
      if (!(end instanceof HookEnd)) throw end;
      this.#guest = null; // what the room remembers of this hook did not happen
      throw new HookFailure(hook, end.message, null, end.code, end.message, { cause: end });
    }
    for (const effect of run.effects) this.#deliver(effect);
    return { accepted: true, answer: run.answer };
  }

  /** What a run may see of the room. */
  #view(time) {
    const room = this;
    return {
      get connections() { return room.connections; },
      get members() { return [...room.#members.values()].map(({ id, user, info }) => [id, user, info]); },
      has: (id) => room.#members.has(id),
      stateOf: (id) => (room.#members.get(id) ?? (room.#leaving?.id === id ? room.#leaving : undefined))?.state,
      log: room.log,
      kv: room.kv,
      timers: room.timers,
      answered: room.#answered,
      time,
      functions: room.#functions,
      failureOf: (name) => {
        const index = room.#failures.findIndex((failure) => failure.name === name);
        return index < 0 ? null : room.#failures.splice(index, 1)[0].error;
      },
    };
  }

  #load() {
    const offers = (name) => isBuiltIn(name) || Object.hasOwn(this.#functions, name);
    return new Guest(this.#module, offers, this.#positions, this.#limits);
  }

  #nextSeed() {
    this.#seed = BigInt.asUintN(64, this.#seed * 6364136223846793005n + 1442695040888963407n);
    return this.#seed;
  }

  /** Who has been closed hears nothing more, and is in the room until it is told that they left. */
  #deliver(event) {
    this.events.push(event);
    const addressee = this.#members.get(event.connection);
    switch (event.type) {
      case "broadcast": {
        const except = new Set(event.except);
        for (const user of this.#members.values()) {
          if (!except.has(user.id)) hear(user, event.data);
        }
        break;
      }
      case "send":
        if (addressee) hear(addressee, event.data);
        break;
      case "sendTo":
        for (const id of event.connections) {
          const user = this.#members.get(id);
          if (user) hear(user, event.data);
        }
        break;
      case "setState":
        if (addressee) addressee.state = event.state;
        break;
      case "close":
        if (addressee && addressee.closed === null) addressee.closed = { code: event.code, reason: event.reason };
        break;
    }
  }
}

function hear(user, data) {
  if (user.closed === null) user.received.push(data);
}

/** Somebody in a {@link MockRoom}. */
export class MockUser {
  /** The messages that reached this user, oldest first: text as strings, binary as Uint8Array. @type {Data[]} */
  received = [];
  /** Whether the user is in the room. */
  connected = false;
  /** How the room closed the connection; null if it did not. @type {Close | null} */
  closed = null;
  /** How a server closes the connection of somebody whom the room has refused; null if it has not. @type {Close | null} */
  refused = null;
  /** What the room remembers of this connection; empty for nothing. */
  state = "";

  #room;

  constructor(room, id, { user, info }) {
    this.#room = room;
    /** The connection's id. */
    this.id = id;
    /** Who it is; empty if nobody has said it. */
    this.user = user;
    /** What else is said of them, as JSON; empty for nothing. */
    this.info = info;
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
