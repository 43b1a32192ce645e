import assert from "node:assert/strict";
import { test } from "node:test";
import { MockRoom } from "@cloudramp/room/testing";

const load = () => MockRoom.load("build/club.wasm");

test("only those come in of whom the host knows who they are", () => {
  const room = load();
  assert.deepEqual(room.join("c1").refused, { code: 4011, reason: "this club is for users whom the host knows: bring a token" });
  assert.equal(room.join({ user: "ann" }).connected, true);
});

test("people are called as their token says, or else by their user", () => {
  const room = load();
  const ann = room.join({ user: "u-17", info: { name: "Ann", role: "host" } });
  room.join({ user: "bob" }).send("hello");
  assert.deepEqual(ann.received, ["Ann is here", "bob is here", "bob: hello"]);
});

test("the owner shows a user out with all of their connections, and they stay out for an hour", () => {
  const room = load();
  const ann = room.join({ user: "ann" });
  const [phone, laptop] = [room.join({ user: "bob" }), room.join({ user: "bob" })];
  const zoe = room.join({ user: "zoe" });
  ann.send("/out bob");
  const shownOut = { code: 4012, reason: "the owner has shown you out" };
  for (const tab of [phone, laptop]) assert.deepEqual([tab.connected, tab.closed], [false, shownOut]);
  assert.equal(zoe.connected, true);
  assert.deepEqual(room.join({ user: "bob" }).refused, shownOut);
  room.advance(60 * 60 * 1_000);
  assert.equal(room.join({ user: "bob" }).connected, true);
});

test("nobody else shows anybody out, and the owner is the same after coming back", () => {
  const room = load();
  const ann = room.join({ user: "ann" });
  const bob = room.join({ user: "bob" });
  ann.leave();
  bob.send("/out ann");
  assert.equal(bob.received.at(-1), "only the owner shows somebody out, and somebody else");
  const again = room.join({ user: "ann" });
  again.send("/out ann");
  assert.equal(again.connected, true);
  again.send("/out bob");
  assert.equal(bob.connected, false);
});

test("a hundred fit in, and one more when somebody has gone", () => {
  const room = load();
  const first = room.join({ user: "user-1" });
  for (let i = 2; i <= 100; i++) assert.equal(room.join({ user: `user-${i}` }).connected, true);
  assert.deepEqual(room.join({ user: "late" }).refused, { code: 4010, reason: "the club is full" });
  assert.equal(room.connections.length, 100);
  first.leave();
  assert.equal(room.join({ user: "late" }).connected, true);
});
