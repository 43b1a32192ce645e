import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import WebSocket, { WebSocketServer } from "ws";
import { connect } from "../index.js";

const EPOCH = "e1";
let server;
let rooms;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, handleProtocols: (offered) => (offered.has("sandbox.v1") ? "sandbox.v1" : false) });
  await once(server, "listening");
  rooms = [];
});

afterEach(() => {
  rooms.forEach((room) => room.close());
  server.clients.forEach((client) => client.terminate());
  server.close();
});

function join(options = {}) {
  const room = connect(`ws://127.0.0.1:${server.address().port}/rooms/chat/lobby`, { WebSocket, minDelay: 10, maxDelay: 50, ...options });
  rooms.push(room);
  room.changes = [];
  room.details = [];
  room.heard = [];
  room.on("state", (change, detail) => {
    room.changes.push(change);
    room.details.push(detail);
  });
  room.on("message", (message) => room.heard.push(message));
  return room;
}

/** The next socket of a client, with the frames that come. */
async function accepted() {
  const [socket, request] = await once(server, "connection");
  socket.request = request;
  const frames = [];
  let wake = () => {};
  socket.on("message", (frame) => {
    frames.push(frame);
    wake();
  });
  socket.frame = async () => {
    while (frames.length === 0) await new Promise((resolve) => (wake = resolve));
    return frames.shift();
  };
  return socket;
}

async function until(isSo) {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const u32 = (value) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value) => Buffer.concat([u32(value.length), Buffer.from(value)]);
const secret = (byte) => Buffer.alloc(32, byte);
const welcome = (name, reason = 0, offset = 7) =>
  Buffer.concat([Buffer.from([1, reason]), text(name), secret(1), text(EPOCH), u64(offset), u32(30_000)]);
const resumed = (received, until) => Buffer.concat([Buffer.from([2]), u64(received), u64(until)]);
const message = (offset, content) => Buffer.concat([Buffer.from([16]), u64(offset), Buffer.from(content)]);
const taken = (number) => Buffer.concat([Buffer.from([4]), u64(number)]);

async function begun(options) {
  const room = join(options);
  const socket = await accepted();
  assert.deepEqual(await socket.frame(), Buffer.from([1]));
  socket.send(welcome("ann"));
  assert.deepEqual(await socket.frame(), Buffer.from([3]));
  await until(() => room.state === "live");
  return { room, socket };
}

test("begins a session, says and hears", async () => {
  const { room, socket } = await begun();
  assert.equal(room.connectionId, "ann");
  assert.deepEqual(room.changes, ["live"]);

  room.send("grüße");
  assert.deepEqual(await socket.frame(), Buffer.concat([Buffer.from([16]), u64(1), Buffer.from("grüße")]));
  room.send(Uint8Array.of(1, 2));
  assert.deepEqual(await socket.frame(), Buffer.concat([Buffer.from([17]), u64(2), Buffer.from([1, 2])]));
  socket.send(message(8, "grüße"));
  socket.send(Buffer.concat([Buffer.from([17]), u64(9), Buffer.from([1, 2])]));
  await until(() => room.heard.length === 2);
  assert.deepEqual(room.heard, ["grüße", Uint8Array.of(1, 2)]);

  assert.equal(room.queued, 2);
  socket.send(taken(2));
  await until(() => room.queued === 0);
});

test("comes back with its secret, the one that follows and its position, and sends again what was not taken", async () => {
  const { room, socket } = await begun();
  room.send("one");
  room.send("two");
  await socket.frame();
  await socket.frame();
  socket.send(message(12, "x"));
  socket.send(Buffer.concat([Buffer.from([5]), u64(2 ** 33)]));
  await until(() => room.heard.length === 1);

  socket.terminate();
  const first = await accepted();
  const frame = await first.frame();
  assert.deepEqual(frame.subarray(0, 40), Buffer.concat([Buffer.from([2]), text("ann"), secret(1)]));
  assert.deepEqual(frame.subarray(72), Buffer.concat([text(EPOCH), u64(2 ** 33)]));
  assert.equal(room.state, "away");
  room.send("three");
  first.terminate(); // the answer is lost
  const again = await accepted();
  assert.deepEqual(await again.frame(), frame, "the same two secrets");
  again.send(resumed(1, 2 ** 33));

  assert.deepEqual(await again.frame(), Buffer.concat([Buffer.from([16]), u64(2), Buffer.from("two")]));
  assert.deepEqual(await again.frame(), Buffer.concat([Buffer.from([16]), u64(3), Buffer.from("three")]));
  assert.deepEqual(room.changes, ["live", "away", "resumed"]);
  again.terminate();
  const third = await accepted();
  assert.deepEqual((await third.frame()).subarray(8, 40), frame.subarray(40, 72), "the next one is its secret now");
});

test("says when it has begun anew, and sends nothing again that may have been taken", async () => {
  const { room, socket } = await begun();
  room.send("perhaps");
  await socket.frame();
  socket.terminate();
  await until(() => room.state === "away");
  room.send("certainly");
  const next = await accepted();
  await next.frame();
  next.send(welcome("bob", 2));

  assert.deepEqual(await next.frame(), Buffer.from([3]));
  assert.deepEqual(await next.frame(), Buffer.concat([Buffer.from([16]), u64(1), Buffer.from("certainly")]));
  assert.deepEqual(room.changes, ["live", "away", "anew"]);
  assert.deepEqual(room.details[2], { reason: "missed", lost: 1 });
  assert.equal(room.connectionId, "bob");
});

test("a session that is not its own any more is given up, and begun anew", async () => {
  const { room, socket } = await begun();
  socket.terminate();
  const refused = await accepted();
  await refused.frame();
  refused.close(4010, "not the secret");
  const next = await accepted();
  assert.deepEqual(await next.frame(), Buffer.from([1]));
  next.send(welcome("bob"));
  await until(() => room.state === "live");
  assert.deepEqual(room.changes, ["live", "away", "anew"]);
});

for (const code of [1000, 1009, 4000, 4009]) {
  test(`does not come back after ${code}`, async () => {
    const { room, socket } = await begun();
    socket.close(code, "why");
    await until(() => room.state === "closed");
    assert.deepEqual(room.details.at(-1), { code, reason: "why", lost: 0 });
    assert.throws(() => room.send("x"), /closed/);
  });
}

for (const code of [1001, 1011, 1012, 1013, 4008]) {
  test(`comes back after ${code}`, async () => {
    const { room, socket } = await begun();
    socket.close(code);
    assert.equal((await (await accepted()).frame())[0], 2);
    assert.deepEqual(room.changes, ["live", "away"]);
  });
}

test("asks for a join token each time, and gives up when a second one is refused", async () => {
  let asked = 0;
  const room = join({ token: async () => `t${++asked}` });
  const first = await accepted();
  assert.equal(first.request.headers["sec-websocket-protocol"], "sandbox.v1,cloudramp.join,cloudramp.token.t1");
  first.close(4001);
  const second = await accepted();
  assert.match(second.request.headers["sec-websocket-protocol"], /token\.t2$/);
  second.close(4001);
  await until(() => room.state === "closed");
});

/** A socket that breaks before it opens, and closes with the code that comes next. */
function breaking(codes) {
  return class {
    constructor() {
      queueMicrotask(() => this.onclose?.({ code: codes.shift() ?? 1006, reason: "" }));
    }
    close() {}
  };
}

/** The pauses between attempts of a client whose sockets all break, which do not take their time here. */
async function pauses(t, jitter, number, codes = []) {
  t.mock.method(Math, "random", () => jitter);
  const later = globalThis.setTimeout;
  const waited = [];
  const told = t.mock.method(globalThis, "setTimeout", (task, pause) => {
    waited.push(pause);
    return later(task, 0);
  });
  const room = connect("ws://room", { WebSocket: breaking(codes), minDelay: 100, maxDelay: 1_000 });
  while (waited.length < number) await new Promise((resolve) => setImmediate(resolve));
  room.close();
  told.mock.restore();
  return waited.slice(0, number);
}

test("pauses between attempts grow to the longest, and each is half of it at least", async (t) => {
  assert.deepEqual(await pauses(t, 0, 6), [50, 100, 200, 400, 500, 500]);
  assert.deepEqual(await pauses(t, 1, 6), [100, 200, 400, 800, 1_000, 1_000]);
});

test("who has come back too often waits longer", async (t) => {
  assert.deepEqual(await pauses(t, 1, 2, [4008]), [1_000, 200]);
});

test("comes back at once when the network is there again", async (t) => {
  globalThis.addEventListener = (event, listener) => event === "online" && (online = listener);
  t.after(() => delete globalThis.addEventListener);
  let online;
  const { room, socket } = await begun({ minDelay: 60_000, maxDelay: 60_000 });
  socket.terminate();
  await until(() => room.state === "away");
  online();
  assert.equal((await (await accepted()).frame())[0], 2);
});

for (const [what, options] of Object.entries({
  "a URL that is none": { url: "no url" },
  "a token that cannot be sent": { token: () => "with a line's end\n" },
})) {
  test(`${what} ends it, and says so`, async () => {
    const room = connect(options.url ?? `ws://127.0.0.1:${server.address().port}/rooms/chat/lobby`, { WebSocket, ...options });
    const details = [];
    room.on("state", (change, detail) => details.push([change, detail]));
    await until(() => room.state === "closed");
    assert.equal(details.length, 1);
    assert.equal(details[0][0], "closed");
    assert.match(details[0][1].reason, /^no socket: SyntaxError/);
  });
}

test("a token that cannot be had is asked for again", async () => {
  let asked = 0;
  join({
    token: async () => {
      if (++asked === 1) throw new Error("not now");
      return "t";
    },
  });
  const socket = await accepted();
  assert.match(socket.request.headers["sec-websocket-protocol"], /token\.t$/);
  assert.equal(asked, 2);
});

test("a socket that says nothing is given up", async () => {
  const { room, socket } = await begun({ heartbeat: 40 });
  assert.deepEqual(await socket.frame(), Buffer.from([3]), "asks whether somebody is there");
  const next = await accepted();
  assert.equal((await next.frame())[0], 2);
  assert.ok(room.changes.includes("away"));
});

test("a socket that answers is kept", async () => {
  const { room, socket } = await begun({ heartbeat: 40 });
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(await socket.frame(), Buffer.from([3]));
    socket.send(Buffer.from([3]));
  }
  assert.deepEqual(room.changes, ["live"]);
});

test("what waits is bounded, in messages and bytes", async () => {
  const { room, socket } = await begun({ maxQueued: 3, maxQueuedBytes: 10 });
  socket.terminate();
  await until(() => room.state === "away");
  room.send("123456");
  assert.throws(() => room.send("123456"), RangeError);
  room.send("1");
  room.send("1");
  assert.throws(() => room.send("1"), RangeError);
  assert.throws(() => room.send(5), TypeError);
});

test("what is sent and changed afterwards is sent as it was", async () => {
  const { room, socket } = await begun();
  socket.terminate();
  await until(() => room.state === "away");
  const bytes = Uint8Array.of(1);
  room.send(bytes);
  bytes[0] = 2;
  const next = await accepted();
  await next.frame();
  next.send(resumed(0, 7));
  assert.equal((await next.frame())[9], 1);
});

test("a listener that throws keeps nobody from hearing", async (t) => {
  const { room, socket } = await begun();
  const told = t.mock.method(console, "error", () => {});
  room.on("message", () => {
    throw new Error("of the page");
  });
  const later = [];
  const end = room.on("message", (said) => later.push(said));
  socket.send(message(8, "x"));
  await until(() => later.length === 1);
  assert.equal(told.mock.calls[0].arguments[0].message, "of the page");
  end();
});

test("in rooms without sessions it is a plain WebSocket that comes back", async () => {
  server.close();
  server = new WebSocketServer({ port: 0, handleProtocols: () => "cloudramp.join" });
  await once(server, "listening");
  const room = join();
  room.send("waits");
  const socket = await accepted();
  assert.equal((await socket.frame()).toString(), "waits");
  socket.send("hello");
  await until(() => room.heard.length === 1);
  assert.deepEqual(room.heard, ["hello"]);
  socket.terminate();
  await accepted();
  await until(() => room.state === "live" && room.changes.length === 3);
  assert.deepEqual(room.changes, ["live", "away", "anew"]);
});

test("leaves at once when it is closed", async () => {
  const { room, socket } = await begun();
  room.close();
  const [code] = await once(socket, "close");
  assert.equal(code, 1000);
  assert.equal(room.state, "closed");
});

test("has less than 5 KB, and needs nothing", () => {
  const source = readFileSync(new URL("../index.js", import.meta.url));
  assert.ok(gzipSync(source).length < 5_000, `${gzipSync(source).length} bytes`);
  const { dependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url)));
  assert.equal(dependencies, undefined);
  assert.doesNotMatch(source.toString(), /^import /m);
});

test("its types fit how it is used, and the example of the README", (t) => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = new URL("readme.ts", import.meta.url);
  writeFileSync(example, /```ts\n(.*?)```/s.exec(readme)[1]);
  t.after(() => rmSync(example));
  const { status, stdout } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "test"], {
    cwd: new URL("..", import.meta.url),
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});

test("a room that closes with the code of a session that is another's ends it, unless it was being resumed", async () => {
  const { room, socket } = await begun();
  socket.close(4010, "two are playing here already");
  await until(() => room.state === "closed");
  assert.equal(room.details.at(-1).reason, "two are playing here already");

  const refused = join();
  const another = await accepted();
  await another.frame();
  another.close(4010, "two are playing here already");
  await until(() => refused.state === "closed");
});

test("a message that has had no effect is told to those who listen, on each socket anew", async () => {
  const { room, socket } = await begun();
  const failed = [];
  room.on("failed", (data, why) => failed.push([data, why]));
  assert.deepEqual(await socket.frame(), Buffer.from([4]));
  room.on("failed", () => {}); // nothing is asked for twice
  room.send("boom");
  assert.equal((await socket.frame())[0], 16);
  socket.send(Buffer.concat([Buffer.from([6]), u64(1), Buffer.from("trapped")]));
  socket.send(taken(1));
  await until(() => room.queued === 0);
  assert.deepEqual(failed, [["boom", "trapped"]]);

  socket.terminate();
  const next = await accepted();
  assert.equal((await next.frame())[0], 2);
  next.send(resumed(1, 7));
  assert.deepEqual(await next.frame(), Buffer.from([4]));
});

test("who does not listen for failures asks for none", async () => {
  const { room, socket } = await begun();
  room.send("one");
  assert.equal((await socket.frame())[0], 16);
});
