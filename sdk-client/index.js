// The client of a room: docs/protocol.md says what goes over the wire.

const JOIN = 1, RESUME = 2, PING = 3, FAILURES = 4; // what a client says besides messages
const WELCOME = 1, RESUMED = 2, PONG = 3, TAKEN = 4, POSITION = 5, FAILED = 6; // what it is told
const TEXT = 16, BINARY = 17; // messages, either way

const PROTOCOL = "sandbox.v1";
const SECRET = 32;

// Closes after which coming again would end the same way.
const FINAL = new Set([1000, 1002, 1003, 1007, 1009, 4003, 4004, 4009, 4021, 4022, 4029]);
const NO_VALID_TOKEN = 4001, TOO_FAST = 4008, NOT_ITS_SESSION = 4010;
const RETRIED = new Set([NO_VALID_TOKEN, TOO_FAST]);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes that grow, little-endian. */
class Writer {
  #bytes = [];
  u8(value) {
    this.#bytes.push(value);
    return this;
  }
  u32(value) {
    return this.u8(value & 255).u8((value >>> 8) & 255).u8((value >>> 16) & 255).u8(value >>> 24);
  }
  u64(value) {
    return this.u32(value % 2 ** 32 >>> 0).u32(Math.floor(value / 2 ** 32));
  }
  all(bytes) {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }
  text(value) {
    const bytes = encoder.encode(value);
    return this.u32(bytes.length).all(bytes);
  }
  done() {
    return new Uint8Array(this.#bytes);
  }
}

/** What a server has sent. */
class Reader {
  #view;
  #at = 0;
  constructor(buffer) {
    this.#view = new DataView(buffer);
  }
  u8() {
    return this.#view.getUint8(this.#at++);
  }
  u32() {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }
  u64() {
    return this.u32() + this.u32() * 2 ** 32;
  }
  bytes(length = this.#view.byteLength - this.#at) {
    this.#at += length;
    return new Uint8Array(this.#view.buffer.slice(this.#at - length, this.#at));
  }
  text() {
    return decoder.decode(this.bytes(this.u32()));
  }
}

function frameOf(number, data) {
  const isText = typeof data === "string";
  const content = isText ? encoder.encode(data) : data;
  const frame = new Uint8Array(9 + content.length);
  frame.set(new Writer().u8(isText ? TEXT : BINARY).u64(number).done());
  frame.set(content, 9);
  return frame;
}

class Room {
  #url;
  #options;
  #listeners = new Map();
  #state = "connecting";
  #socket = null;
  #timer;
  #beat;
  #attempts = 0;
  #tokensRefused = 0;
  #heard = 0; // when something came last
  #hasBeenLive = false;
  #asked = false; // to be told of failures, on this socket

  // The session, while there is one.
  #session = null; // { connection, secret, epoch, offset, grace }
  #next = null; // the secret that takes the place of the one before, until that is certain
  #number = 0;

  /** What is not known to be taken: { number, data, size, sent }. */
  #queue = [];
  #queued = 0;

  constructor(url, options) {
    this.#url = url;
    this.#options = options;
    if (!options.WebSocket) {
      throw new TypeError("there is no WebSocket here: give one as the option WebSocket, such as that of the package ws");
    }
    globalThis.addEventListener?.("online", this.#online);
    this.#connect();
  }

  get state() {
    return this.#state;
  }

  get connectionId() {
    return this.#session?.connection ?? null;
  }

  get queued() {
    return this.#queue.length;
  }

  on(event, listener) {
    if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
    this.#listeners.get(event).add(listener);
    if (this.#state === "live") this.#askForFailures();
    return () => this.#listeners.get(event).delete(listener);
  }

  send(data) {
    if (this.#state === "closed") throw new Error("the room is closed");
    if (data instanceof ArrayBuffer) data = new Uint8Array(data);
    if (typeof data !== "string" && !(data instanceof Uint8Array)) {
      throw new TypeError("a message is a string, a Uint8Array or an ArrayBuffer");
    }
    const size = typeof data === "string" ? encoder.encode(data).length : data.length;
    const { maxQueued, maxQueuedBytes } = this.#options;
    if (this.#queue.length >= maxQueued || (this.#queued > 0 && this.#queued + size > maxQueuedBytes)) {
      throw new RangeError(`${this.#queue.length} messages of ${this.#queued} bytes wait to be taken (maxQueued, maxQueuedBytes)`);
    }
    // What is given may change afterwards, and may have to be sent again.
    this.#queue.push({ number: 0, data: typeof data === "string" ? data : data.slice(), size, sent: false });
    this.#queued += size;
    if (this.#state === "live") this.#flush();
  }

  close(code = 1000, reason = "") {
    if (this.#state === "closed") return;
    const socket = this.#detach();
    this.#end({ code, reason });
    socket?.close(code, reason);
  }

  // Connecting.

  async #connect() {
    clearTimeout(this.#timer);
    const protocols = [PROTOCOL, "cloudramp.join"];
    try {
      const token = await this.#options.token?.();
      if (token) protocols.push("cloudramp.token." + token);
    } catch (error) {
      return this.#state === "closed" || this.#lost({ code: 1006, reason: `no token: ${error}` });
    }
    if (this.#state === "closed" || this.#socket) return;
    let socket;
    try {
      socket = new this.#options.WebSocket(this.#url, protocols);
    } catch (error) { // the URL, or what the token is made of: the same would happen again
      return this.#end({ code: 1006, reason: `no socket: ${error}` });
    }
    this.#socket = socket;
    this.#asked = false;
    socket.binaryType = "arraybuffer";
    this.#heard = Date.now();
    clearInterval(this.#beat);
    this.#beat = setInterval(() => this.#look(), this.#options.heartbeat / 2);
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => this.#came(event.data);
    socket.onerror = () => {}; // a close follows
    socket.onclose = (event) => {
      this.#detach();
      this.#closed(event.code, event.reason);
    };
  }

  /** Lets go of the socket: nothing of it is heard any more. */
  #detach() {
    const socket = this.#socket;
    this.#socket = null;
    clearInterval(this.#beat);
    clearTimeout(this.#timer);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.onerror = () => {};
    }
    return socket;
  }

  #opened() {
    if (this.#socket.protocol !== PROTOCOL) { // the room has no sessions
      this.#session = null;
      this.#live(this.#hasBeenLive ? "anew" : "live");
    } else if (this.#session) {
      // The same until it is certain that it is known: the answer may get lost.
      this.#next ??= crypto.getRandomValues(new Uint8Array(SECRET));
      const { connection, secret, epoch, offset } = this.#session;
      this.#write(new Writer().u8(RESUME).text(connection).all(secret).all(this.#next).text(epoch).u64(offset).done());
    } else {
      this.#write(new Uint8Array([JOIN]));
    }
  }

  #closed(code, reason) {
    // At any other time it is a code of the room's own.
    const isNotIts = code === NOT_ITS_SESSION && this.#next !== null;
    if (isNotIts) this.#forget();
    const isFinal = FINAL.has(code) || (code >= 3000 && !RETRIED.has(code) && !isNotIts) ||
      (code === NO_VALID_TOKEN && ++this.#tokensRefused > 1);
    if (isFinal) this.#end({ code, reason });
    else this.#lost({ code, reason });
  }

  #lost(why) {
    const { minDelay, maxDelay } = this.#options;
    const most = Math.min(maxDelay, (why.code === TOO_FAST ? 16 : 1) * minDelay * 2 ** this.#attempts++);
    this.#timer = setTimeout(() => this.#connect(), most * (0.5 + Math.random() / 2));
    if (this.#state === "live") this.#become("away", why);
  }

  #end(why) {
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.("online", this.#online);
    this.#become("closed", { ...why, lost: this.#queue.length });
  }

  #online = () => {
    if (!this.#socket && this.#state !== "closed") this.#connect();
  };

  /** Asks for a sign of life when nothing was heard, and gives the socket up if there is none. */
  #look() {
    const silence = Date.now() - this.#heard;
    if (silence > 2 * this.#options.heartbeat) {
      this.#detach()?.close();
      this.#lost({ code: 1006, reason: "nothing was heard" });
    } else if (silence >= this.#options.heartbeat && this.#session && this.#state === "live") {
      this.#write(new Uint8Array([PING]));
    }
  }

  // What comes.

  #came(data) {
    this.#heard = Date.now();
    if (this.#socket.protocol !== PROTOCOL) {
      return this.#emit("message", typeof data === "string" ? data : new Uint8Array(data));
    }
    const frame = new Reader(data);
    const kind = frame.u8();
    if (kind === TEXT || kind === BINARY) {
      this.#session.offset = frame.u64();
      const content = frame.bytes();
      this.#emit("message", kind === TEXT ? decoder.decode(content) : content);
    } else if (kind === WELCOME) {
      this.#welcome(frame);
    } else if (kind === RESUMED) {
      this.#session.secret = this.#next;
      this.#next = null;
      this.#taken(frame.u64());
      for (const message of this.#queue) message.sent = false;
      this.#live("resumed");
    } else if (kind === TAKEN) {
      this.#taken(frame.u64());
    } else if (kind === POSITION) {
      this.#session.offset = Math.max(this.#session.offset, frame.u64());
    } else if (kind === FAILED) {
      const number = frame.u64();
      const message = this.#queue.find((each) => each.number === number);
      if (message) this.#emit("failed", message.data, decoder.decode(frame.bytes()));
    } // a pong, or what a later server says
  }

  /** Once for each socket, and only where somebody listens. */
  #askForFailures() {
    if (this.#session && !this.#asked && this.#listeners.get("failed")?.size) {
      this.#asked = true;
      this.#write(new Uint8Array([FAILURES]));
    }
  }

  #welcome(frame) {
    const reason = frame.u8();
    const connection = frame.text();
    const secret = frame.bytes(SECRET);
    const epoch = frame.text();
    const offset = frame.u64();
    this.#forget();
    this.#session = { connection, secret, epoch, offset, grace: frame.u32() };
    this.#write(new Uint8Array([PING])); // so that the server knows that this has arrived
    this.#live(this.#hasBeenLive ? "anew" : "live", { reason: ["", "over", "missed"][reason] });
  }

  #forget() {
    this.#session = null;
    this.#next = null;
    this.#number = 0;
  }

  /** @param how "live" the first time, "resumed" or "anew" afterwards */
  #live(how, detail = {}) {
    this.#attempts = 0;
    this.#tokensRefused = 0;
    this.#hasBeenLive = true;
    if (how === "anew") {
      // Whether these were taken is known to nobody: to send them again could double them.
      detail.lost = this.#remove((message) => message.sent);
      for (const message of this.#queue) message.number = 0;
    }
    this.#state = "live";
    this.#askForFailures();
    this.#emit("state", how, detail);
    if (this.#state === "live") this.#flush();
  }

  // What goes.

  #flush() {
    for (const message of this.#queue) {
      if (message.sent) continue;
      message.sent = true;
      if (this.#session) {
        message.number ||= ++this.#number;
        this.#write(frameOf(message.number, message.data));
      } else {
        this.#write(message.data);
      }
    }
    if (!this.#session) this.#remove((message) => message.sent);
  }

  #taken(number) {
    this.#remove((message) => message.number > 0 && message.number <= number);
  }

  #remove(isOver) {
    const before = this.#queue.length;
    this.#queue = this.#queue.filter((message) => !isOver(message));
    this.#queued = this.#queue.reduce((sum, message) => sum + message.size, 0);
    return before - this.#queue.length;
  }

  #write(data) {
    if (this.#socket?.readyState === 1) this.#socket.send(data);
  }

  #become(state, detail) {
    this.#state = state;
    this.#emit("state", state, detail);
  }

  #emit(event, ...what) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(...what);
      } catch (error) {
        console.error(error); // of the listener: the room goes on
      }
    }
  }
}

export function connect(url, options = {}) {
  return new Room(url, {
    WebSocket: globalThis.WebSocket,
    heartbeat: 15_000,
    minDelay: 250,
    maxDelay: 15_000,
    maxQueued: 1_024,
    maxQueuedBytes: 1 << 20,
    ...options,
  });
}
