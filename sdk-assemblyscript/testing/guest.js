/** One instance of a room's module, driven through the mailbox exactly as the real host does it (guest ABI 1). */
import { PAGE_BYTES } from "./capped-memory.js";
import { FailureCode, HookEnd, HookFailure, HostFunctionError } from "./errors.js";
import { isProgramFile } from "./source-positions.js";
import { OutOfTime, withinTime } from "./time-budget.js";
import { Reader, Writer } from "./wire.js";

const EVENT_PTR = 0;
const EVENT_CAP = 4;
const EVENT_LEN = 8;
const STATUS = 12;
const REQ_PTR = 16;
const REQ_LEN = 20;
const RES_PTR = 24;
const RES_CAP = 28;
const RES_LEN = 32;

/** Of what `sandbox_place` gives the address of. */
const POSITION = 4;
const COLUMN_BITS = 10;
const MAX_FILE_BYTES = 200;

const STATUS_REFUSED = 1;
/** Of `_initialize` and `sandbox_abi_1` together, in milliseconds. */
const TIME_TO_START = 1_000;
const NOTHING = new Uint8Array(0);
const WITHOUT_MAILBOX = {};

const GLOBAL_BYTES = 8;
/** How a global stands in the eight bytes that a recording has for each. */
const SLOTS = {
  i32: { get: (view, at) => view.getInt32(at, true), set: (view, at, value) => view.setInt32(at, value, true) },
  i64: { get: (view, at) => view.getBigInt64(at, true), set: (view, at, value) => view.setBigInt64(at, value, true) },
  f32: { get: (view, at) => view.getFloat32(at, true), set: (view, at, value) => view.setFloat32(at, value, true) },
  f64: { get: (view, at) => view.getFloat64(at, true), set: (view, at, value) => view.setFloat64(at, value, true) },
};

export class Guest {
  #exports;
  #mailbox;
  /** Where the program notes the place in its source that it has come to; 0 if it does not. */
  #place = 0;
  /** What `sandbox.result` gives: the last response, or the last error's message. */
  #result = NOTHING;
  #abort = null;
  #positions;
  #limits;
  /** Answers host calls; null while no hook runs. @type {import("./hook-run.js").HookRun | null} */
  #run = null;

  /**
   * Instantiates the module and initialises it.
   *
   * @param {WebAssembly.Module} module
   * @param {(name: string) => boolean} offers whether the host has a function, such as `room.broadcast`
   * @param {import("./source-positions.js").SourcePositions | null} positions of the module's code in its source
   * @param {typeof import("./limits.js").LIMITS} limits
   * @throws {Error} when the module is not one that a host would load
   * @throws {HookFailure} of `_initialize` when it failed while it was started
   */
  constructor(module, offers, positions, limits) {
    this.#positions = positions;
    this.#limits = limits;
    const imports = {};
    for (const { module: provider, name, kind } of WebAssembly.Module.imports(module)) {
      const title = `${provider}.${name}`;
      const call = this.#importNamed(title, offers);
      if (kind !== "function" || !call) {
        throw new Error(`The module imports the ${kind} '${title}', which this host does not have.`);
      }
      (imports[provider] ??= {})[name] = call;
    }
    this.#exports = new WebAssembly.Instance(module, imports).exports;
    for (const required of ["memory", "sandbox_abi_1"]) {
      if (!this.#exports[required]) throw new Error(`The module has no export '${required}'.`);
    }
    try {
      withinTime(TIME_TO_START, () => {
        this.#exports._initialize?.();
        this.#mailbox = this.#exports.sandbox_abi_1();
        this.#place = this.#exports.sandbox_place?.() ?? 0;
      });
    } catch (cause) {
      if (this.#abort === WITHOUT_MAILBOX) {
        this.#mailbox = this.#exports.sandbox_abi_1();
        this.#abort = this.#readAbort();
      }
      throw this.#failure("_initialize", cause, TIME_TO_START);
    }
  }

  /**
   * Runs a hook.
   *
   * @param {string} hook one that the module exports
   * @param {Uint8Array} event
   * @param {import("./hook-run.js").HookRun} run answers its host calls
   * @returns {boolean} false when the hook refused
   * @throws {HookFailure} when it failed; this instance must not be used again
   */
  run(hook, event, run) {
    this.#run = run;
    run.hook = hook;
    this.#result = NOTHING;
    try {
      return withinTime(run.remaining, () => {
        this.#deliver(event);
        this.#writeWord(STATUS, 0);
        this.#exports[hook]();
        const status = this.#word(STATUS);
        if (status > STATUS_REFUSED) throw new HookEnd(FailureCode.abi, `status ${status} is neither 0 nor 1`);
        return status !== STATUS_REFUSED;
      });
    } catch (cause) {
      throw this.#failure(hook, cause);
    } finally {
      this.#run = null;
    }
  }

  /**
   * All that it remembers between two hooks.
   *
   * @param {{name: string, type: string}[]} globals its mutable globals, which it exports
   * @returns {{globals: Uint8Array, memory: Uint8Array}}
   */
  state(globals) {
    const slots = new DataView(new ArrayBuffer(globals.length * GLOBAL_BYTES));
    globals.forEach(({ name, type }, slot) => SLOTS[type].set(slots, slot * GLOBAL_BYTES, this.#exports[name].value));
    return { globals: new Uint8Array(slots.buffer), memory: new Uint8Array(this.#exports.memory.buffer).slice() };
  }

  /**
   * Puts it into a state that another instance of the same module had.
   *
   * @param {{globals: Uint8Array, memory: Uint8Array}} state
   * @param {{name: string, type: string}[]} globals its mutable globals, which it exports
   * @throws {Error} when it cannot have that state
   */
  become(state, globals) {
    const { memory } = this.#exports;
    if (state.globals.length !== globals.length * GLOBAL_BYTES || state.memory.length < memory.buffer.byteLength) {
      throw new Error("The memory in the recording is not one of this module.");
    }
    memory.grow((state.memory.length - memory.buffer.byteLength) / PAGE_BYTES);
    new Uint8Array(memory.buffer).set(state.memory);
    const slots = new DataView(state.globals.buffer, state.globals.byteOffset, state.globals.byteLength);
    globals.forEach(({ name, type }, slot) => {
      this.#exports[name].value = SLOTS[type].get(slots, slot * GLOBAL_BYTES);
    });
  }

  #failure(hook, cause, time = this.#limits.time) {
    const code = cause instanceof HookEnd ? cause.code : cause instanceof OutOfTime ? FailureCode.deadline : FailureCode.trapped;
    const reason = this.#abort?.message ?? this.#reasonOf(cause, time);
    const said = this.#abort && `aborted: ${reason} (${Object.values(this.#abort.position).join(":")})`;
    return new HookFailure(hook, reason, this.#positionOf(cause), code, said ?? reason, { cause });
  }

  /** A guest in another language just traps when it gets no memory; that there was none left is all that can be known. */
  #reasonOf(cause, time) {
    if (cause instanceof OutOfTime) return `it took longer than ${time} ms. Is there a loop without an end?`;
    const { message } = cause;
    const isFull = this.#exports.memory.buffer.byteLength === this.#limits.memoryPages * PAGE_BYTES;
    return isFull ? `${message}; its memory has all of the ${this.#limits.memoryPages} pages that a host allows` : message;
  }

  /** Where the program failed. If that is in a library, then where the program called it, as far as is known. */
  #positionOf(error) {
    const said = this.#abort?.position ?? null;
    if (said && isProgramFile(said.file)) return said;
    return this.#positions?.ofProgramIn(error.stack) ?? said ?? this.#noted();
  }

  /** What the program has last come to that it notes, as a host on a server reads it. */
  #noted() {
    const { buffer } = this.#exports.memory;
    const words = new DataView(buffer);
    const word = (address) => (address + 4 <= buffer.byteLength ? words.getUint32(address, true) : 0);
    const file = this.#place === 0 ? 0 : word(this.#place);
    const length = file === 0 ? 0 : word(file);
    if (length < 1 || length > MAX_FILE_BYTES || file + 4 + length > buffer.byteLength) return null;
    const position = word(this.#place + POSITION);
    return {
      file: new TextDecoder().decode(new Uint8Array(buffer, file + 4, length)),
      line: position >>> COLUMN_BITS, column: position & ((1 << COLUMN_BITS) - 1),
    };
  }

  #deliver(event) {
    this.#writeWord(EVENT_LEN, event.length);
    if (event.length > this.#word(EVENT_CAP)) this.#exports.sandbox_reserve?.();
    if (event.length > this.#word(EVENT_CAP)) {
      throw new HookEnd(FailureCode.abi, `the event of ${event.length} bytes does not fit into the guest's inbox`);
    }
    this.#slice(this.#word(EVENT_PTR), event.length).set(event);
  }

  #importNamed(title, offers) {
    if (title === "sandbox.result") return () => this.#respond();
    if (title === "sandbox.abort") return () => this.#end();
    return offers(title) ? () => this.#call(title) : null;
  }

  #call(title) {
    if (!this.#run) throw new HookEnd(FailureCode.abi, `${title} cannot be called before a hook runs. Call it in a hook`);
    const response = new Writer();
    try {
      this.#run.serve(title, new Reader(this.#request(title)), response);
      this.#result = response.written();
      this.#respond();
    } catch (error) {
      if (!(error instanceof HostFunctionError)) throw error;
      this.#result = new TextEncoder().encode(error.message);
      this.#writeWord(RES_LEN, -error.code);
    }
  }

  #respond() {
    this.#writeWord(RES_LEN, this.#result.length);
    if (this.#result.length > this.#word(RES_CAP)) return;
    this.#slice(this.#word(RES_PTR), this.#result.length).set(this.#result);
    this.#result = NOTHING;
  }

  #end() {
    // Before `sandbox_abi_1` has said where the mailbox is, the report in it has to wait to be read.
    this.#abort = this.#mailbox === undefined ? WITHOUT_MAILBOX : this.#readAbort();
    if (this.#abort !== WITHOUT_MAILBOX) this.#run?.aborts?.(this.#request("sandbox.abort"));
    throw new Error("sandbox.abort");
  }

  #readAbort() {
    const request = new Reader(this.#request("sandbox.abort"));
    const message = request.string();
    return { message, position: { file: request.string(), line: request.i32(), column: request.i32() } };
  }

  #request(title) {
    const length = this.#word(REQ_LEN);
    if (length > this.#limits.requestBytes) {
      throw new HookEnd(FailureCode.quota,
        `a request to '${title}' has ${length} bytes; limits.requestBytes allows ${this.#limits.requestBytes}`);
    }
    return this.#slice(this.#word(REQ_PTR), length).slice();
  }

  #word(offset) {
    return new DataView(this.#exports.memory.buffer).getUint32(this.#mailbox + offset, true);
  }

  #writeWord(offset, value) {
    new DataView(this.#exports.memory.buffer).setUint32(this.#mailbox + offset, value, true);
  }

  /** What a pointer and a length of the guest name. @throws {HookEnd} when that is not within its memory */
  #slice(address, length) {
    if (address + length > this.#exports.memory.buffer.byteLength) {
      throw new HookEnd(FailureCode.abi, `${length} bytes at ${address} are not within the memory`);
    }
    return new Uint8Array(this.#exports.memory.buffer, address, length);
  }
}
