/**
 * The chat written by hand (docs/abi.md, "A whole guest") in a host that trusts it, for servers in JavaScript: nothing is limited, copied back
 * or checked, and there is one host function. Uses nothing but the language, so that Node, Bun and workerd can all load it.
 */
const EVENT_PTR = 0;
const EVENT_LEN = 8;
const STATUS = 12;
const REQ_PTR = 16;
const REQ_LEN = 20;
const RES_LEN = 32;

/** A request of `room.broadcast` begins with the kind of its data and its length. */
const BEFORE_TEXT = 5;

const TEXT = 0;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class ChatGuest {
  #exports;
  #mailbox;
  #view;
  #bytes;
  #said = "";

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.#exports = new WebAssembly.Instance(module, { room: { broadcast: () => this.#broadcast() } }).exports;
    this.#mailbox = this.#exports.sandbox_abi_1();
    this.#view = new DataView(this.#exports.memory.buffer);
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
  }

  /** Somebody has joined; gives what everybody is told. */
  join(room, connection) {
    return this.#run("onJoin", this.#event(room, connection));
  }

  /** Somebody has said something; gives what everybody is told. */
  message(room, connection, text) {
    let end = this.#event(room, connection);
    this.#bytes[end] = TEXT;
    end = this.#text(end + 1, text);
    return this.#run("onMessage", end);
  }

  #run(hook, end) {
    this.#setWord(EVENT_LEN, end - this.#word(EVENT_PTR));
    this.#setWord(STATUS, 0);
    this.#exports[hook]();
    return this.#said;
  }

  /** Writes the fields that every event of a connection begins with; gives the address behind them. */
  #event(room, connection) {
    let at = this.#text(this.#word(EVENT_PTR), "chat");
    at = this.#text(at, room);
    this.#view.setBigInt64(at, 0n, true); // the time, of which this chat takes no notice
    this.#view.setBigInt64(at + 8, 0n, true); // and the seed
    return this.#text(at + 16, connection);
  }

  #text(at, text) {
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(at + 4));
    this.#view.setUint32(at, written, true);
    return at + 4 + written;
  }

  #broadcast() {
    const at = this.#word(REQ_PTR);
    const length = this.#view.getUint32(at + 1, true);
    this.#said = decoder.decode(this.#bytes.subarray(at + BEFORE_TEXT, at + BEFORE_TEXT + length));
    this.#setWord(RES_LEN, 0);
    // The request's own length is not needed: there is nobody in `except`.
    if (this.#word(REQ_LEN) < length) throw new Error("the guest has broken the ABI");
  }

  #word(offset) {
    return this.#view.getUint32(this.#mailbox + offset, true);
  }

  #setWord(offset, value) {
    this.#view.setUint32(this.#mailbox + offset, value, true);
  }
}
