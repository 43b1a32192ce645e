import assert from "node:assert/strict";
import { test } from "node:test";
import { MockRoom } from "@cloudramp/room/testing";

test("whoever joins learns what everybody does, and everybody learns who joins", () => {
  const room = MockRoom.load("build/presence.wasm");
  const ann = room.join("ann");
  ann.send("typing");
  const bob = room.join("bob");
  assert.deepEqual(bob.received, ["ann typing\nbob here"]);
  assert.deepEqual(ann.received, ["ann here", "ann typing", "bob here"]);
});

test("who has left is gone, and starts anew when coming back", () => {
  const room = MockRoom.load("build/presence.wasm");
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  bob.send("away");
  bob.leave();
  assert.equal(ann.received.at(-1), "bob gone");
  room.join("bob");
  assert.equal(ann.received.at(-1), "bob here");
});

test("everybody is here again when the room has lost its memory, and is told so", () => {
  const room = MockRoom.load("build/presence.wasm");
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  ann.send("typing");
  room.evict();
  bob.send("away");
  assert.deepEqual(ann.received.slice(-2), ["ann here\nbob here", "bob away"]);
  assert.deepEqual(bob.received.slice(-2), ["ann here\nbob here", "bob away"]);
});

test("a state that is empty, very long or of several lines is ignored", () => {
  const room = MockRoom.load("build/presence.wasm");
  const ann = room.join("ann");
  ann.send(" ");
  ann.send("x".repeat(33));
  ann.send("here\nbob away");
  assert.deepEqual(ann.received, ["ann here"]);
});
