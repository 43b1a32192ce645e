/** A room is a Durable Object. Runs in workerd, which is given `chat.wasm` as a compiled module. */
import chat from "chat.wasm";
import { ChatGuest } from "./chat-guest.js";

export class Room {
  #guest = new ChatGuest(chat);
  #members = new Set();

  async fetch(request) {
    const { 0: client, 1: server } = new WebSocketPair();
    const room = request.url.slice(request.url.lastIndexOf("/") + 1);
    const id = crypto.randomUUID().slice(0, 22);
    server.accept();
    this.#members.add(server);
    this.#say(this.#guest.join(room, id));
    server.addEventListener("message", ({ data }) => this.#say(this.#guest.message(room, id, data)));
    server.addEventListener("close", () => this.#members.delete(server));
    server.addEventListener("error", () => this.#members.delete(server));
    return new Response(null, { status: 101, webSocket: client });
  }

  #say(text) {
    for (const member of this.#members) member.send(text);
  }
}

export default {
  fetch(request, env) {
    return env.ROOMS.get(env.ROOMS.idFromName(new URL(request.url).pathname)).fetch(request);
  },
};
