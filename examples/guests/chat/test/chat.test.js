import assert from "node:assert/strict";
import { test } from "node:test";
import { MockRoom } from "@cloudramp/room/testing";

test("everybody reads who joins, what is said, and who leaves", () => {
  const room = MockRoom.load("build/chat.wasm");
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  ann.send("hello, wörld 🎉");
  bob.leave();
  assert.deepEqual(ann.received, ["ann joined", "bob joined", "ann: hello, wörld 🎉", "bob left"]);
  assert.deepEqual(bob.received, ["bob joined", "ann: hello, wörld 🎉"]);
});
