/** One instance of a room's module, driven through the mailbox exactly as the real host does it (guest ABI 1). */
import { MEMORY_PAGES, PAGE_BYTES } from "./capped-memory.js";
import { HookFailure, HostFunctionError } from "./errors.js";
import { isProgramFile } from "./source-positions.js";
import { withinTime } from "./time-budget.js";
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

const STATUS_REFUSED = 1;
/** Of `_initialize` and `sandbox_abi_1` together, in milliseconds. */
const TIME_TO_START = 1_000;
const NOTHING = new Uint8Array(0);
const WITHOUT_MAILBOX = {};

/**
 * @typedef {(request: Reader, response: Writer) => void} HostFunction
 *   reads its request, does its work, writes its response; throws a HostFunctionError to answer an error
 */

export class Guest {
  #exports;
  #mailbox;
  /** What `sandbox.result` gives: the last response, or the last error's message. */
  #result = NOTHING;
  #abort = null;
  #positions;
  /** Whether the host's functions may be called. */
  #inHook = false;

  /**
   * Instantiates the module and initialises it.
   *
   * @param {WebAssembly.Module} module
   * @param {Record<string, HostFunction>} functions by name, such as `room.broadcast`
   * @param {import("./source-positions.js").SourcePositions | null} positions of the module's code in its source
   * @throws {Error} when the module is not one that a host would load
   * @throws {HookFailure} of `_initialize` when it failed while it was started
   */
  constructor(module, functions, positions) {
    this.#positions = positions;
    const imports = {};
    for (const { module: provider, name, kind } of WebAssembly.Module.imports(module)) {
      const title = `${provider}.${name}`;
      const call = this.#importNamed(title, functions);
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
      });
    } catch (cause) {
      if (this.#abort === WITHOUT_MAILBOX) {
        this.#mailbox = this.#exports.sandbox_abi_1();
        this.#abort = this.#readAbort();
      }
      throw this.#failure("_initialize", cause);
    }
  }

  /**
   * Runs a hook.
   *
   * @param {string} hook one that the module exports
   * @param {Uint8Array} event
   * @returns {boolean} false when the hook refused
   * @throws {HookFailure} when it failed; this instance must not be used again
   */
  run(hook, event) {
    try {
      this.#deliver(event);
      this.#writeWord(STATUS, 0);
      this.#inHook = true;
      this.#exports[hook]();
      this.#inHook = false;
      return this.#word(STATUS) !== STATUS_REFUSED;
    } catch (cause) {
      throw this.#failure(hook, cause);
    }
  }

  #failure(hook, cause) {
    return new HookFailure(hook, this.#abort?.message ?? this.#reasonOf(cause), this.#positionOf(cause), { cause });
  }

  /** A guest in another language just traps when it gets no memory; that there was none left is all that can be known. */
  #reasonOf({ message }) {
    const isFull = this.#exports.memory.buffer.byteLength === MEMORY_PAGES * PAGE_BYTES;
    return isFull ? `${message}; its memory has all of the ${MEMORY_PAGES} pages that a host allows` : message;
  }

  /** Where the program failed. If that is in a library, then where the program called it, as far as is known. */
  #positionOf(error) {
    const said = this.#abort?.position ?? null;
    if (said && isProgramFile(said.file)) return said;
    return this.#positions?.ofProgramIn(error.stack) ?? said;
  }

  #deliver(event) {
    this.#writeWord(EVENT_LEN, event.length);
    if (event.length > this.#word(EVENT_CAP)) this.#exports.sandbox_reserve?.();
    if (event.length > this.#word(EVENT_CAP)) {
      throw new Error(`the event of ${event.length} bytes does not fit into the guest's inbox`);
    }
    this.#slice(this.#word(EVENT_PTR), event.length).set(event);
  }

  #importNamed(title, functions) {
    if (title === "sandbox.result") return () => this.#respond();
    if (title === "sandbox.abort") return () => this.#end();
    const implementation = functions[title];
    return implementation && (() => this.#call(title, implementation));
  }

  #call(title, implementation) {
    if (!this.#inHook) throw new Error(`${title} cannot be called before a hook runs. Call it in a hook`);
    const request = new Reader(this.#request());
    const response = new Writer();
    try {
      implementation(request, response);
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
  }

  #end() {
    // Before `sandbox_abi_1` has said where the mailbox is, the report in it has to wait to be read.
    this.#abort = this.#mailbox === undefined ? WITHOUT_MAILBOX : this.#readAbort();
    throw new Error("sandbox.abort");
  }

  #readAbort() {
    const request = new Reader(this.#request());
    const message = request.string();
    return { message, position: { file: request.string(), line: request.i32(), column: request.i32() } };
  }

  #request() {
    return this.#slice(this.#word(REQ_PTR), this.#word(REQ_LEN)).slice();
  }

  #word(offset) {
    return new DataView(this.#exports.memory.buffer).getUint32(this.#mailbox + offset, true);
  }

  #writeWord(offset, value) {
    new DataView(this.#exports.memory.buffer).setUint32(this.#mailbox + offset, value, true);
  }

  /** Throws a RangeError when the guest's pointer or length leads out of its memory. */
  #slice(address, length) {
    return new Uint8Array(this.#exports.memory.buffer, address, length);
  }
}
