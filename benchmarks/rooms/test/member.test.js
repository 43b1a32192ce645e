import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { afterEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Member, PLAIN } from "../member.js";

const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const servers = [];

afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A server that speaks just enough WebSocket, and does with each text what it is told to. */
async function serve(onText) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (head) => {
      const key = /Sec-WebSocket-Key: (.*)\r\n/.exec(String(head))[1];
      const accept = createHash("sha1").update(key + ACCEPT_SUFFIX).digest("base64");
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
      socket.on("data", (data) => {
        for (let at = 0; at < data.length; at += 6 + (data[at + 1] & 0x7f)) {
          const mask = data.subarray(at + 2, at + 6);
          const text = data.subarray(at + 6, at + 6 + (data[at + 1] & 0x7f)).map((byte, i) => byte ^ mask[i & 3]);
          onText(socket, Buffer.from(text));
        }
      });
    });
  });
  servers.push(server);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: server.address().port, path: "/rooms/chat/" };
}

const frame = (payload) => Buffer.concat([Buffer.from([0x81, payload.length]), payload]);

test("a member knows its own words again, also in pieces and behind a prefix", async () => {
  const server = await serve(async (socket, text) => {
    const bytes = frame(Buffer.concat([Buffer.from("me: "), text]));
    socket.write(bytes.subarray(0, 30));
    await sleep(5);
    socket.write(bytes.subarray(30));
  });
  const member = new Member(7, 1, PLAIN);
  await member.join(server, "a");
  const echoes = new Promise((resolve) => (member.onEcho = resolve));
  member.say();
  assert.equal(member.hasPlace, false);
  assert.ok((await echoes) >= 0);
  assert.deepEqual([member.echoes, member.heardOfAll, member.trouble], [1, 1, null]);
  member.leave();
});

test("the words of others are counted and not taken for its own", async () => {
  const server = await serve((socket, text) => {
    const other = Buffer.from(text);
    other.write("00008", other.length - 5);
    socket.write(Buffer.concat([frame(other), frame(text)]));
  });
  const member = new Member(7, 4, PLAIN);
  await member.join(server, "a");
  member.say();
  for (let i = 0; i < 100 && member.heardOfAll < 2; i++) await sleep(5);
  assert.deepEqual([member.echoes, member.heardOfAll], [1, 2]);
  member.leave();
});

test("a message that was lost is noticed", async () => {
  let count = 0;
  const server = await serve((socket, text) => void (count++ > 0 && socket.write(frame(text))));
  const member = new Member(7, 4, PLAIN);
  await member.join(server, "a");
  member.say();
  member.say();
  for (let i = 0; i < 100 && !member.trouble; i++) await sleep(5);
  assert.equal(member.trouble, "number 1 came where 0 was to come");
  member.leave();
});

test("a server that throws a member out is noticed, with its reason", async () => {
  const server = await serve((socket) => void socket.write(Buffer.from([0x88, 4, 0x03, 0xf5, 0x6e, 0x6f])));
  const member = new Member(7, 4, PLAIN);
  await member.join(server, "a");
  member.say();
  for (let i = 0; i < 100 && !member.trouble; i++) await sleep(5);
  assert.equal(member.trouble, "the server has closed it with 1013 no");
  member.leave();
});
