/**
 * Users of a room, for tests against real servers: commands come as lines of JSON, and what users hear goes out
 * as such. Between them and the server is a relay, as a load balancer is: its target can be another server.
 *
 *   node users.js PATH USERS PORT
 *   {"target": PORT}   {"cut": true}   {"user": 0, "say": "text"}   {"user": 0, "close": true}
 */
import { createServer, connect as open } from "node:net";
import { createInterface } from "node:readline";
import WebSocket from "ws";
import { connect } from "../index.js";

const [path, users, port] = process.argv.slice(2);
let target = Number(port);
const pairs = new Set();

const relay = createServer((client) => {
  const server = open(target, "127.0.0.1");
  const pair = { client, server };
  pairs.add(pair);
  const end = () => {
    client.destroy();
    server.destroy();
    pairs.delete(pair);
  };
  for (const [from, to] of [[client, server], [server, client]]) {
    from.on("error", end).on("close", end).pipe(to);
  }
});

const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");

relay.listen(0, "127.0.0.1", () => {
  const url = `ws://127.0.0.1:${relay.address().port}${path}`;
  const rooms = Array.from({ length: Number(users) }, (_, user) => {
    const room = connect(url, { WebSocket, minDelay: 50, maxDelay: 1_000, heartbeat: 2_000 });
    room.on("state", (state, detail) => tell({ user, state, id: room.connectionId, detail }));
    room.on("message", (message) => tell({ user, message }));
    return room;
  });
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      const command = JSON.parse(line);
      if (command.target) target = command.target;
      if (command.cut) pairs.forEach(({ client }) => client.destroy());
      if (command.say !== undefined) rooms[command.user].send(command.say);
      if (command.close) rooms[command.user].close();
    })
    .on("close", () => process.exit());
});
