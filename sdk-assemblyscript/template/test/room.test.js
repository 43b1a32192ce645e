import assert from "node:assert/strict";
import { test } from "node:test";
import { MockRoom } from "@cloudramp/room/testing";

test("everybody reads what somebody writes", () => {
  const room = MockRoom.load();
  const ann = room.join("ann");
  const bob = room.join("bob");
  ann.send("hello");
  assert.deepEqual(bob.received, ["bob joined", "ann: hello"]);
});
