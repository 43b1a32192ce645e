import assert from "node:assert/strict";
import { test } from "node:test";
import { MockRoom } from "@cloudramp/room/testing";

test("each message is counted, whoever sends it, and only its sender is told", () => {
  const room = MockRoom.load("build/counter.wasm");
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  ann.send("a");
  bob.send("b");
  ann.send("c");
  assert.deepEqual(ann.received, ["1", "3"]);
  assert.deepEqual(bob.received, ["2"]);
});

test("the count outlives the room", () => {
  const { kv } = MockRoom.load("build/counter.wasm");
  for (const count of ["1", "2"]) {
    const ann = MockRoom.load("build/counter.wasm", { kv }).join("ann");
    ann.send("hello");
    assert.deepEqual(ann.received, [count]);
  }
});
