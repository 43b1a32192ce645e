/** Rooms on Bun: `publish` writes once for each member and turn of its loop. Arguments: the guest's file. Prints its port. */
import { readFileSync } from "node:fs";
import { ChatGuest } from "../chat-guest.js";

const guest = new ChatGuest(new WebAssembly.Module(readFileSync(process.argv[2])));
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request, self) {
    const room = request.url.slice(request.url.lastIndexOf("/") + 1);
    const data = { room, id: crypto.randomUUID().slice(0, 22) };
    return self.upgrade(request, { data }) ? undefined : new Response("a WebSocket is expected", { status: 400 });
  },
  websocket: {
    perMessageDeflate: false,
    open(socket) {
      const { room, id } = socket.data;
      socket.subscribe(room);
      server.publish(room, guest.join(room, id));
    },
    message(socket, text) {
      const { room, id } = socket.data;
      server.publish(room, guest.message(room, id, text));
    },
  },
});
console.log(`port ${server.port}`);
