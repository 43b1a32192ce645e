import { ErrorCode, HookEnd, FailureCode, HostFunctionError } from "./errors.js";
import { KvTransaction } from "./mock-kv.js";
import { answerOf } from "./requests.js";
import { TimerTransaction } from "./mock-timers.js";

const LOG_LEVELS = ["debug", "info", "warn", "error"];
const MAX_REASON = 123;
const MAX_STATE_BYTES = 2_048;
/** Of the lists of one argument. */
const MAX_ITEMS = 16_384;
const encoder = new TextEncoder();
/** The end of a reason that was cut. */
const CUT = "…";

/**
 * @typedef {import("./mock-room.js").RoomEvent} RoomEvent
 * @typedef {(request: import("./wire.js").Reader, response: import("./wire.js").Writer) => void} HostFunction
 *   reads its request, does its work, writes its response; throws a HostFunctionError to answer an error
 * @typedef {{code: number, reason: string}} Close what stands in a WebSocket's close frame
 */

/** One run of one hook, as the host's functions see it: what it may still do, and what it has asked for so far. */
export class HookRun {
  /** What takes effect when the hook has succeeded, in its order. @type {RoomEvent[]} */
  effects = [];
  /** With which words the hook has refused what it was asked; null if it has said none. @type {Close | null} */
  refusal = null;
  /** What is answered to a request; null if nothing was said. */
  answer = null;
  /** Which hook runs. */
  hook = "";

  #room;
  #limits;
  #kv;
  #timers;
  /** The states that the hook has set, by connection. @type {Map<string, string>} */
  #states = new Map();
  #hostCalls = 0;
  #effectBytes = 0;
  #began = performance.now();
  #logLines = 0;

  /**
   * @param {object} room what the run may see of its room
   * @param {string[]} room.connections
   * @param {string[][]} room.members the id, the user and the info of each
   * @param {(id: string) => boolean} room.has whether a user is there
   * @param {(id: string) => string | undefined} room.stateOf what is remembered of somebody who is there, or whose leave runs
   * @param {{level: string, text: string}[]} room.log
   * @param {import("./mock-kv.js").MockKv} room.kv
   * @param {import("./mock-timers.js").MockTimers} room.timers
   * @param {string | null} room.answered the timer that the hook answers
   * @param {number} room.time
   * @param {Record<string, HostFunction>} room.functions the host's own, by name
   * @param {(name: string) => HostFunctionError | null} room.failureOf the error that a test wants of the next call
   * @param {typeof import("./limits.js").LIMITS} limits
   */
  constructor(room, limits) {
    this.#room = room;
    this.#limits = limits;
    this.#kv = new KvTransaction(room.kv, room.time, limits);
    this.#timers = new TimerTransaction(room.timers, room.answered, room.time, limits);
  }

  /** How much of its time is left, in milliseconds. */
  get remaining() {
    return this.#limits.time - (performance.now() - this.#began);
  }

  /** What the room has written becomes what it keeps. */
  commit() {
    this.#timers.check();
    this.#kv.commit();
    this.#timers.commit();
  }

  /** Says how many lines were not logged, if any were not. */
  closeLog() {
    const dropped = this.#logLines - this.#limits.logLines;
    if (dropped > 0) this.#room.log.push({ level: "warn", text: `${dropped} more lines dropped (limits.logLines)` });
  }

  /**
   * Serves a call of the guest.
   *
   * @param {string} name such as `kv.get`
   * @param {import("./wire.js").Reader} request
   * @param {import("./wire.js").Writer} response
   * @throws {HostFunctionError} for the guest
   * @throws {HookEnd} which ends the hook
   */
  serve(name, request, response) {
    if (++this.#hostCalls > this.#limits.hostCalls) {
      throw new HookEnd(FailureCode.quota, `the hook called the host more than ${this.#limits.hostCalls} times (limits.hostCalls)`);
    }
    const wanted = this.#room.failureOf(name);
    if (wanted) throw wanted;
    const own = Object.hasOwn(this.#room.functions, name) ? this.#room.functions[name] : null;
    if (own) own(request, response);
    else BUILT_IN[name].call(this, request, response);
    const size = response.written().length;
    if (size > this.#limits.responseBytes) {
      throw new HostFunctionError(ErrorCode.limit,
        `the response has ${size} bytes; limits.responseBytes allows ${this.#limits.responseBytes}`);
    }
  }

  /** @param {RoomEvent} event @param {number} bytes of the request for it */
  #record(event, bytes) {
    const { effects, effectBytes } = this.#limits;
    if (this.effects.length >= effects || this.#effectBytes + bytes > effectBytes) {
      throw new HostFunctionError(ErrorCode.limit,
        `a hook may have ${effects} effects (limits.effects) of ${effectBytes} bytes in all (limits.effectBytes)`);
    }
    this.effects.push(event);
    this.#effectBytes += bytes;
  }

  #member(id) {
    if (!this.#room.has(id)) throw new HostFunctionError(ErrorCode.gone, "the connection is not in this room");
    return id;
  }

  #broadcast(request) {
    const bytes = request.remaining;
    const data = request.data();
    this.#record({ type: "broadcast", data, except: this.#present(request) }, bytes);
  }

  #sendTo(request) {
    const bytes = request.remaining;
    const connections = this.#present(request);
    this.#record({ type: "sendTo", connections, data: request.data() }, bytes);
  }

  /** Those of a list who are in the room, each once. */
  #present(request) {
    return [...new Set(request.list((item) => item.string(), MAX_ITEMS))].filter((id) => this.#room.has(id));
  }

  #send(request) {
    const bytes = request.remaining;
    const to = request.string();
    const data = request.data();
    this.#record({ type: "send", connection: this.#member(to), data }, bytes);
  }

  #close(request) {
    const bytes = request.remaining;
    const connection = request.string();
    const code = request.i32();
    const reason = request.string();
    requireCloseCode(code);
    const length = encoder.encode(reason).length;
    if (length > MAX_REASON) {
      throw new HostFunctionError(ErrorCode.badRequest,
        `the reason of a close takes ${length} bytes, at most ${MAX_REASON} are possible`);
    }
    this.#record({ type: "close", connection: this.#member(connection), code, reason }, bytes);
  }

  #state(request, response) {
    const id = request.string();
    const state = this.#states.get(id) ?? this.#room.stateOf(id);
    if (state === undefined) throw new HostFunctionError(ErrorCode.gone, "the connection is not in this room");
    response.string(state);
  }

  #setState(request) {
    const bytes = request.remaining;
    const id = request.string();
    const state = request.string();
    const length = encoder.encode(state).length;
    if (length > MAX_STATE_BYTES) {
      throw new HostFunctionError(ErrorCode.limit,
        `the state of a connection has at most ${MAX_STATE_BYTES} bytes, and this has ${length}`);
    }
    this.#record({ type: "setState", connection: this.#member(id), state }, bytes);
    this.#states.set(id, state);
  }

  #refuse(request) {
    const code = request.i32();
    const reason = fitting(request.string());
    if (this.hook !== "onJoin") {
      throw new HostFunctionError(ErrorCode.denied,
        `sandbox.refuse is for onJoin, and this is ${this.hook}; conn.close shows out who is in the room`);
    }
    requireCloseCode(code);
    this.refusal ??= { code, reason };
  }

  #answer(request) {
    const status = request.i32();
    const headers = request.stringLists(MAX_ITEMS);
    const body = request.bytes();
    if (this.hook !== "onRequest") {
      throw new HostFunctionError(ErrorCode.denied, `request.answer is for onRequest, and this is ${this.hook}`);
    }
    this.answer = answerOf(status, headers, body);
  }

  #log(request) {
    const level = request.u8();
    const text = request.string();
    if (level >= LOG_LEVELS.length) {
      throw new HostFunctionError(ErrorCode.badRequest, `log level ${level} is not 0 (debug), 1 (info), 2 (warn) or 3 (error)`);
    }
    if (++this.#logLines > this.#limits.logLines) return;
    const longest = this.#limits.logLineLength;
    this.#room.log.push({ level: LOG_LEVELS[level], text: text.length <= longest ? text : `${text.slice(0, longest)}…` });
  }

  /** What every host has. @type {Record<string, (this: HookRun, request: object, response: object) => void>} */
  static BUILT_IN = {
    "room.broadcast"(request) { this.#broadcast(request); },
    "room.sendTo"(request) { this.#sendTo(request); },
    "room.users"(_, response) { response.list(this.#room.connections, (to, id) => to.string(id)); },
    "room.members"(_, response) {
      response.list(this.#room.members, (to, fields) => to.list(fields, (item, field) => item.string(field)));
    },
    "conn.send"(request) { this.#send(request); },
    "conn.close"(request) { this.#close(request); },
    "conn.state"(request, response) { this.#state(request, response); },
    "conn.setState"(request) { this.#setState(request); },
    "kv.get"(request, response) { optionalBytes(response, this.#kv.read([request.string()])[0]); },
    "kv.getMany"(request, response) { response.list(this.#kv.read(request.list((item) => item.string())), optionalBytes); },
    "kv.set"(request) { this.#kv.set(request.string(), request.bytes(), request.i64()); },
    "kv.delete"(request) { this.#kv.delete(request.string()); },
    "kv.increment"(request, response) {
      response.i64(this.#kv.increment(request.string(), request.i64(), request.i64()));
    },
    "kv.incrementWithin"(request, response) {
      response.i64(this.#kv.incrementWithin(request.string(), request.i64(), request.i64()));
    },
    "request.answer"(request) { this.#answer(request); },
    "timer.set"(request) { this.#timers.set(request.string(), request.i64()); },
    "timer.cancel"(request) { this.#timers.cancel(request.string()); },
    "sandbox.log"(request) { this.#log(request); },
    "sandbox.refuse"(request) { this.#refuse(request); },
  };
}

const { BUILT_IN } = HookRun;

/** Whether every host has a function. @param {string} name */
export function isBuiltIn(name) {
  return Object.hasOwn(BUILT_IN, name);
}

/** @throws {HostFunctionError} when it is none that an application may use */
function requireCloseCode(code) {
  if (code !== 1000 && (code < 3000 || code > 4999)) {
    throw new HostFunctionError(ErrorCode.badRequest, `close code ${code} is neither 1000 nor from 3000 to 4999`);
  }
}

/** As much of a reason as a close frame holds, cut between two characters. */
function fitting(reason) {
  if (encoder.encode(reason).length <= MAX_REASON) return reason;
  let [beginning, bytes] = ["", encoder.encode(CUT).length];
  for (const character of reason) {
    bytes += encoder.encode(character).length;
    if (bytes > MAX_REASON) break;
    beginning += character;
  }
  return beginning + CUT;
}

function optionalBytes(writer, value) {
  writer.optional(value, (to, bytes) => to.bytes(bytes));
}
