/** Rooms on Colyseus, which encodes a broadcast once. Arguments: the guest's file. Prints its port. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Room, Server } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";
import express from "express";
import { ChatGuest } from "../chat-guest.js";

const guest = new ChatGuest(new WebAssembly.Module(readFileSync(process.argv[2])));

class Chat extends Room {
  onCreate({ key }) {
    this.autoDispose = true;
    this.onMessage("say", (client, text) => this.broadcast("said", guest.message(key, client.sessionId, text)));
    this.key = key;
  }

  onJoin(client) {
    this.broadcast("said", guest.join(this.key, client.sessionId));
  }
}

const http = createServer();
const transport = new WebSocketTransport({ server: http, perMessageDeflate: false });
transport.getExpressApp?.() ?? http.on("request", express());
const server = new Server({ transport, greet: false });
server.define("chat", Chat).filterBy(["key"]);
await server.listen(0, "127.0.0.1");
console.log(`port ${http.address().port}`);
