import assert from "node:assert/strict";
import { test } from "node:test";
import { MockRoom } from "@cloudramp/room/testing";

const open = () => MockRoom.load("build/rate-limiter.wasm", { time: 1_000_000_000_000 });

function sayTimes(user, times) {
  for (let i = 1; i <= times; ++i) user.send(String(i));
}

test("five things in ten seconds are heard, and the sixth is answered with what is allowed", () => {
  const room = open();
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  sayTimes(ann, 6);
  assert.deepEqual(bob.received, ["ann: 1", "ann: 2", "ann: 3", "ann: 4", "ann: 5"]);
  assert.equal(ann.received.at(-1), "not so fast: 5 messages in 10 seconds");
});

test("each has an allowance of their own, and a new one after ten seconds", () => {
  const room = open();
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  sayTimes(ann, 6);
  bob.send("hello");
  assert.equal(ann.received.at(-1), "bob: hello");
  room.advance(10_000);
  ann.send("again");
  assert.equal(bob.received.at(-1), "ann: again");
});

test("the ten seconds begin with the first message, and later ones do not prolong them", () => {
  const room = open();
  const ann = room.join("ann");
  sayTimes(ann, 1);
  room.advance(9_000);
  sayTimes(ann, 5);
  assert.equal(ann.received.at(-1), "not so fast: 5 messages in 10 seconds");
  room.advance(1_000);
  ann.send("again");
  assert.equal(ann.received.at(-1), "ann: again");
});

test("who goes on all the same is sent away", () => {
  const room = open();
  const ann = room.join("ann");
  sayTimes(ann, 11);
  assert.deepEqual(ann.closed, { code: 4029, reason: "too many messages" });
  assert.deepEqual(room.connections, []);
});
