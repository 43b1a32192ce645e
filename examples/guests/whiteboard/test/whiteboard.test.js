import assert from "node:assert/strict";
import { test } from "node:test";
import { MockRoom } from "@cloudramp/room/testing";

const open = () => MockRoom.load("build/whiteboard.wasm");
const line = (number) => Uint8Array.of(1, number, number >> 8, 2, 0, 3, 0, 4, 0);
const WIPE = new Uint8Array(0);

test("a line reaches everybody else, byte for byte", () => {
  const room = open();
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  ann.send(line(255));
  assert.deepEqual(bob.received, [line(255)]);
  assert.deepEqual(ann.received, []);
});

test("whoever joins is sent the drawing so far, in the order in which it was drawn", () => {
  const room = open();
  const ann = room.join("ann");
  for (let i = 0; i < 600; ++i) ann.send(line(i));
  const pages = room.join("bob").received;
  assert.deepEqual(pages.map((page) => page.length / 9), [256, 256, 88]);
  const drawing = Buffer.concat(pages);
  for (let i = 0; i < 600; ++i) assert.deepEqual(new Uint8Array(drawing.subarray(i * 9, i * 9 + 9)), line(i));
});

test("a wiped board is empty, for those who join as well", () => {
  const room = open();
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  for (let i = 0; i < 300; ++i) ann.send(line(i));
  bob.send(WIPE);
  assert.deepEqual(ann.received.at(-1), WIPE);
  assert.deepEqual(room.join("cid").received, []);
  ann.send(line(7));
  assert.deepEqual(room.join("dan").received, [line(7)]);
});

test("what is no line is passed on to nobody", () => {
  const room = open();
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  ann.send(new Uint8Array(8));
  ann.send(new Uint8Array(10));
  ann.send("text");
  assert.deepEqual(bob.received, []);
});

test("a full board says so, and can be wiped", () => {
  const room = open();
  room.kv.set("lines", String(64 * 256));
  const ann = room.join("ann");
  ann.send(line(1));
  assert.deepEqual(ann.received, ["the board is full"]);
  ann.send(WIPE);
  ann.send(line(1));
  assert.deepEqual(room.join("bob").received, [line(1)]);
});
