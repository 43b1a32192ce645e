/** What a room remembers of a connection: `state` of a Connection. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HookFailure } from "../testing/index.js";
import { roomOf } from "../test-support/compile-room.js";

describe("the state of a connection", async () => {
  const open = await roomOf(`
    import { Connection, room } from "@cloudramp/room";
    export function onJoin(who: Connection): bool {
      if (who.state != "") throw new Error("somebody new has a state");
      who.state = "joined as " + who.user;
      return who.user != "nobody";
    }
    export function onMessage(from: Connection, text: string): void {
      if (text.startsWith("set ")) {
        from.state = text.slice(4);
        from.send("is " + from.state);
      } else if (text == "fail") {
        from.state = "never";
        throw new Error(from.state);
      } else if (text == "many") {
        for (let i = 0; i < 1001; i++) from.state = i.toString();
      } else if (text.startsWith("of ")) {
        const other = new Connection(text.slice(3));
        other.state = "named by " + from.id;
        from.send("of " + other.state);
      } else {
        const members = room.members();
        const all = members.map<string>((member) => member.id + "=" + member.state);
        from.send(all.join(";"));
      }
    }
    export function onLeave(who: Connection): void {
      who.state = "gone";
      room.broadcast("left: " + who.state);
    }
  `);

  test("is seen by the hook that sets it, and by all after it", () => {
    const room = open();
    const ann = room.join({ id: "ann", user: "Ann" });
    const bob = room.join({ id: "bob", user: "Bob" });
    ann.send("set é 😀");
    bob.send("all");
    assert.deepEqual(ann.received, ["is é 😀"]);
    assert.deepEqual(bob.received, ["ann=é 😀;bob=joined as Bob"]);
    assert.deepEqual([ann.state, bob.state], ["é 😀", "joined as Bob"]);
    assert.deepEqual(room.events.slice(2, 4), [
      { type: "setState", connection: "ann", state: "é 😀" }, { type: "send", connection: "ann", data: "is é 😀" },
    ]);
  });

  test("is as before after a hook that fails", () => {
    const room = open();
    const ann = room.join("ann");
    ann.send("set before");
    assert.throws(() => ann.send("fail"), /never/);
    assert.equal(ann.state, "before");
  });

  test("is set of others who are there, and of nobody else", () => {
    const room = open();
    const [ann, bob] = [room.join("ann"), room.join("bob")];
    ann.send("of bob");
    ann.send("of zoe");
    assert.deepEqual(ann.received, ["of named by ann", "of "]);
    assert.equal(bob.state, "named by ann");
  });

  test("is read once more by onLeave, and then forgotten with the connection", () => {
    const room = open();
    const [ann, bob] = [room.join("ann"), room.join("bob")];
    ann.send("set the last");
    ann.leave();
    assert.deepEqual(bob.received, ["left: the last"]);
    room.join("ann");
    bob.send("of ann");
    assert.equal(room.join({ id: "zoe", user: "nobody" }).connected, false);
  });

  test("has up to 2 KiB, and no more of them in a hook than of other effects", () => {
    const room = open();
    const ann = room.join("ann");
    ann.send(`set ${"é".repeat(1_024)}`);
    assert.equal(ann.state.length, 1_024);
    assert.throws(() => ann.send(`set ${"é".repeat(1_024)}x`),
      (failure) => failure instanceof HookFailure && /at most 2048 bytes, and this has 2049/.test(failure.message));
    assert.throws(() => ann.send("many"), /1000 effects \(limits.effects\)/);
    assert.equal(ann.state.length, 1_024);
  });

  test("may be what a test says", () => {
    const room = open();
    const ann = room.join("ann");
    ann.state = "from before";
    ann.send("all");
    assert.deepEqual(ann.received, ["ann=from before"]);
  });
});
