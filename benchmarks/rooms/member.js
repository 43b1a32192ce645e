/**
 * One member of a room, who says numbered things and hears them again. Every message ends with its number and its sender's, so that it is
 * known again whatever a server puts before it; the numbers that come back must be those that went out, in their order.
 */
import { binaryFrame, open, textFrame, writeDigits } from "./web-socket.js";

/** Of text in a message. */
const BYTES = 64;
const NUMBER = 8;
const SENDER = 5;

/** How a message looks on the wire: for most servers it is a text frame. */
export const PLAIN = {
  /** Where to join a room. */
  address: async (server, room) => `ws://127.0.0.1:${server.port}${server.path}${room}`,
  prefix: Buffer.alloc(0),
  frame: textFrame,
  greeting: null,
};

/** Colyseus has a protocol of its own: https://docs.colyseus.io, and Protocol.JOIN_ROOM and ROOM_DATA of @colyseus/shared-types. */
export const COLYSEUS = {
  address: async (server, room) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}/matchmake/joinOrCreate/chat`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ key: room }),
    });
    const { processId, roomId, sessionId } = await answer.json();
    return `ws://127.0.0.1:${server.port}/${processId}/${roomId}?sessionId=${sessionId}`;
  },
  // ROOM_DATA, then in MessagePack: the string "say", and the head of a string of 64 bytes.
  prefix: Buffer.from([13, 0xa0 | 3, ...Buffer.from("say"), 0xd9, BYTES]),
  frame: binaryFrame,
  greeting: binaryFrame(Buffer.from([10])),
};

export class Member {
  #session;
  #frame;
  #at;
  #sender;
  #sentAt;
  #sent = 0;
  #heard = 0;

  /** How many messages of anybody's it has heard. */
  heardOfAll = 0;
  /** Called when a message of its own has come back, with how long that took, in milliseconds. */
  onEcho = () => {};
  /** @type {string | null} what has gone wrong */
  trouble = null;

  /**
   * @param {number} number unique among all members
   * @param {number} most how many of its messages may be under way
   */
  constructor(number, most, protocol) {
    const text = Buffer.from("x".repeat(BYTES - NUMBER - SENDER) + "0".repeat(NUMBER) + String(number).padStart(SENDER, "0"));
    const payload = Buffer.concat([protocol.prefix, text]);
    this.#frame = protocol.frame(payload);
    this.#at = payload.length - NUMBER - SENDER;
    this.#sender = text.subarray(BYTES - SENDER);
    this.#sentAt = new Float64Array(most);
    this.protocol = protocol;
  }

  async join(server, room) {
    const url = await this.protocol.address(server, room);
    this.#session = await open(
      url,
      (buffer, from, to) => this.#hear(buffer, from, to),
      (why) => (this.trouble ??= why),
    );
    if (this.protocol.greeting) this.#session.send(this.protocol.greeting);
  }

  get underWay() {
    return this.#sent - this.#heard;
  }

  get echoes() {
    return this.#heard;
  }

  /** Whether another message may go out. */
  get hasPlace() {
    return this.underWay < this.#sentAt.length;
  }

  say() {
    writeDigits(this.#frame, this.#at, NUMBER, this.#sent);
    this.#sentAt[this.#sent % this.#sentAt.length] = performance.now();
    this.#sent++;
    this.#session.send(Buffer.from(this.#frame)); // what was handed to a socket must not change
  }

  leave() {
    this.#session?.close();
  }

  #hear(buffer, from, to) {
    if (to - from < BYTES) return; // that somebody has joined
    this.heardOfAll++;
    if (buffer.compare(this.#sender, 0, SENDER, to - SENDER, to) !== 0) return;
    const number = Number(buffer.toString("latin1", to - SENDER - NUMBER, to - SENDER));
    if (number !== this.#heard) this.trouble ??= `number ${number} came where ${this.#heard} was to come`;
    const elapsed = performance.now() - this.#sentAt[this.#heard % this.#sentAt.length];
    this.#heard++;
    this.onEcho(elapsed);
  }
}
