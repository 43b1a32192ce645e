import assert from "node:assert/strict";
import { test } from "node:test";
import { Network } from "../src/playground/network.js";

/** A socket whose other side is the test. */
class Socket {
  static made = [];
  protocol = "sandbox.v1";
  readyState = 1;
  sent = [];
  closed = null;

  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
    Socket.made.push(this);
  }

  send(data) {
    this.sent.push(data);
  }

  close(code) {
    this.closed ??= code;
  }
}

function open() {
  const closes = [];
  const network = new Network((code, reason) => closes.push([code, reason]), Socket);
  const line = new network.WebSocket("ws://here/rooms/chat/lobby", ["sandbox.v1"]);
  const heard = [];
  line.onmessage = ({ data }) => heard.push(data);
  line.onclose = ({ code }) => heard.push(code);
  return { network, line, socket: Socket.made.at(-1), closes, heard };
}

test("what is said goes through, both ways, and a close is told with its reason", () => {
  const { line, socket, closes, heard } = open();

  line.send("up");
  socket.onmessage({ data: "down" });
  socket.onclose({ code: 4003, reason: "no" });

  assert.deepEqual(socket.protocols, ["sandbox.v1"]);
  assert.deepEqual(socket.sent, ["up"]);
  assert.deepEqual(heard, ["down", 4003]);
  assert.deepEqual(closes, [[4003, "no"]]);
});

test("without a network the client sees a break, the other side nothing, and nothing goes through", () => {
  const { network, line, socket, closes, heard } = open();

  network.lose();
  line.send("into the dark");
  socket.onmessage({ data: "unheard" });

  assert.deepEqual(heard, [1006]);
  assert.equal(socket.closed, null);
  assert.deepEqual(socket.sent, []);
  assert.notEqual(line.readyState, 1);
  assert.deepEqual(closes, []);
  network.hangUp();
});

test("without a network no other socket comes through; with one again it does", async () => {
  const { network } = open();
  network.lose();
  const before = Socket.made.length;

  const dead = new network.WebSocket("ws://here/");
  const code = await new Promise((resolve) => { dead.onclose = (event) => resolve(event.code); });
  assert.equal(code, 1006);
  assert.equal(Socket.made.length, before);

  network.restore();
  const line = new network.WebSocket("ws://here/");
  line.send("again");
  assert.deepEqual(Socket.made.at(-1).sent, ["again"]);
  network.hangUp();
});

test("who leaves without a network is not left in the room: the lost socket is ended too", () => {
  const { network, socket } = open();
  network.lose();
  network.hangUp();
  assert.equal(socket.closed, 1000);
});

test("after a minute whoever is not heard of is given up", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { network, socket } = open();
  network.lose();
  t.mock.timers.tick(59_000);
  assert.equal(socket.closed, null);
  t.mock.timers.tick(2_000);
  assert.equal(socket.closed, 1000);
});

test("a lost socket that the server has ended is forgotten, and nobody is told", () => {
  const { network, socket, closes, heard } = open();
  network.lose();
  socket.onclose({ code: 4009, reason: "goes on elsewhere" });
  network.hangUp();
  assert.equal(socket.closed, null);
  assert.deepEqual(closes, []);
  assert.deepEqual(heard, [1006]);
});
