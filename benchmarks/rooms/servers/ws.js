/** Rooms on Node and `ws`: one write for each message and member. Arguments: the guest's file. Prints its port. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { WebSocketServer } from "ws";
import { ChatGuest } from "../chat-guest.js";

const guest = new ChatGuest(new WebAssembly.Module(readFileSync(process.argv[2])));
const rooms = new Map();
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });

server.on("connection", (socket, request) => {
  const room = request.url.slice(request.url.lastIndexOf("/") + 1);
  const id = randomUUID().slice(0, 22);
  if (!rooms.has(room)) rooms.set(room, new Set());
  const members = rooms.get(room);
  const say = (text) => {
    const bytes = Buffer.from(text); // once, and not for each member
    for (const member of members) member.send(bytes, { binary: false });
  };
  members.add(socket);
  say(guest.join(room, id));
  socket.on("message", (data) => say(guest.message(room, id, data.toString())));
  socket.on("close", () => members.delete(socket));
  socket.on("error", () => members.delete(socket));
});
server.on("listening", () => console.log(`port ${server.address().port}`));
