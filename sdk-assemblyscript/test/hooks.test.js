import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { roomOf } from "../test-support/compile-room.js";

describe("a program of functions", async () => {
  const open = await roomOf(`
    import { Connection, room } from "@cloudramp/room";
    export function onJoin(who: Connection): bool {
      room.broadcast(who.id + " joined " + room.id + " at " + room.now.toString());
      return who.id != "mallory";
    }
    export function onMessage(from: Connection, text: string): void { room.broadcast(from.id + ": " + text, [from]); }
    export function onLeave(who: Connection, code: i32, reason: string): void {
      room.broadcast(who.id + " left: " + code.toString() + " " + reason);
    }
  `);

  test("is told who joins, in which room, and when", () => {
    const room = open({ id: "lobby-7.b_c", time: 1_765_000_000_123 });
    const ann = room.join("ann");
    assert.deepEqual(ann.received, ["ann joined lobby-7.b_c at 1765000000123"]);
  });

  test("refuses a join by returning false, and nothing it did takes effect", () => {
    const room = open();
    const ann = room.join("ann");
    const mallory = room.join("mallory");
    assert.equal(mallory.connected, false);
    assert.deepEqual(mallory.refused, { code: 4003, reason: "the room refused the connection" });
    assert.deepEqual([mallory.closed, ann.refused], [null, null]);
    assert.deepEqual(room.connections, ["ann"]);
    assert.equal(ann.received.length, 1);
  });

  test("leaves out of a broadcast whom it excepts", () => {
    const room = open();
    const [ann, bob] = [room.join("ann"), room.join("bob")];
    ann.send("hello");
    assert.equal(bob.received.at(-1), "ann: hello");
    assert.notEqual(ann.received.at(-1), "ann: hello");
  });

  test("is told how somebody left", () => {
    const room = open();
    const [ann, bob] = [room.join("ann"), room.join("bob")];
    bob.leave(4001, "näh");
    assert.equal(ann.received.at(-1), "bob left: 4001 näh");
  });

  test("hears nothing of a binary message when it takes text, and its sender is closed as a server does it", () => {
    const room = open();
    const [ann, bob] = [room.join("ann"), room.join("bob")];
    const before = bob.received.length;
    ann.send(Uint8Array.of(1, 2, 3));
    const reason = "this room takes text messages, and no binary ones";
    assert.deepEqual(bob.received.slice(before), [`ann left: 1003 ${reason}`]);
    assert.deepEqual(ann.closed, { code: 1003, reason });
    assert.deepEqual(room.connections, ["bob"]);
  });
});

test("a program that takes bytes gets them, and refuses text", async () => {
  const open = await roomOf(`
    import { Connection, room } from "@cloudramp/room";
    export function onMessage(from: Connection, data: ArrayBuffer): void {
      const bytes = Uint8Array.wrap(data);
      bytes.reverse();
      room.broadcastBytes(bytes.buffer);
    }
  `);
  const ann = open().join("ann");
  ann.send(Uint8Array.of(0, 255, 128));
  ann.send(new Uint8Array(0));
  ann.send("text");
  assert.deepEqual(ann.received, [Uint8Array.of(128, 255, 0), new Uint8Array(0)]);
  assert.deepEqual(ann.closed, { code: 1003, reason: "this room takes binary messages, and no text" });
});

test("a program that takes messages gets both kinds, and knows which", async () => {
  const open = await roomOf(`
    import { Connection, Message } from "@cloudramp/room";
    export function onMessage(from: Connection, message: Message): void {
      if (message.isText) from.send("text " + message.text);
      else from.sendBytes(message.bytes);
    }
  `);
  const ann = open().join("ann");
  ann.send("ünï");
  ann.send(Uint8Array.of(7));
  assert.deepEqual(ann.received, ["text ünï", Uint8Array.of(7)]);
});

test("a program may leave out hooks, and parameters from the end", async () => {
  const open = await roomOf(`
    import { room } from "@cloudramp/room";
    export function onJoin(): void { room.broadcast("somebody joined"); }
  `);
  const ann = open().join("ann");
  ann.send("nobody hears this");
  ann.leave();
  assert.deepEqual(ann.received, ["somebody joined"]);
});

test("a program of functions starts every hook from the same memory", async () => {
  const open = await roomOf(`
    import { Connection } from "@cloudramp/room";
    const seen: string[] = ['nothing'];
    export function onMessage(from: Connection, text: string): void {
      seen.push(text);
      from.send(seen.length.toString());
    }
  `);
  const ann = open().join("ann");
  ann.send("a");
  ann.send("b");
  assert.deepEqual(ann.received, ["2", "2"]);
});

test("a room can close a connection", async () => {
  const open = await roomOf(`
    import { Connection } from "@cloudramp/room";
    export function onMessage(from: Connection, text: string): void { from.close(4000, text); }
  `);
  const room = open();
  const ann = room.join("ann");
  ann.send("bye 👋");
  assert.deepEqual(ann.closed, { code: 4000, reason: "bye 👋" });
  assert.deepEqual(room.connections, []);
});

test("who is closed leaves after all of the hook has happened, hears nothing more, and is told by the first close", async () => {
  const open = await roomOf(`
    import { Connection, room } from "@cloudramp/room";
    export function onMessage(from: Connection, text: string): void {
      new Connection("bob").close(4001, "first");
      room.broadcast("one");
      new Connection("ann").close(4002, "and you");
      new Connection("bob").close(4003, "second");
      room.broadcast("two");
    }
    export function onLeave(who: Connection, code: i32, reason: string): void {
      room.broadcast(who.id + " " + code.toString() + " " + reason + " " + room.connections().length.toString());
      if (who.id == "ann") new Connection("cat").close(4004, "last");
    }
  `);
  const room = open();
  const [ann, bob, cat, dan] = ["ann", "bob", "cat", "dan"].map((id) => room.join(id));
  dan.send("go");
  assert.deepEqual(dan.received, ["one", "two", "ann 4002 and you 3", "bob 4001 first 2", "cat 4004 last 1"]);
  assert.deepEqual([ann.received, bob.received], [["one"], []]);
  assert.deepEqual(cat.received, ["one", "two", "ann 4002 and you 3"]);
  assert.deepEqual(room.connections, ["dan"]);
});

test("who is closed leaves even if another's onLeave fails", async () => {
  const open = await roomOf(`
    import { Connection, room } from "@cloudramp/room";
    export function onMessage(from: Connection, text: string): void {
      const users = room.connections();
      for (let i = 0; i < users.length; i++) users[i].close(4000, "");
    }
    export function onLeave(who: Connection): void { if (who.id == "ann") throw new Error("no"); }
  `);
  const room = open();
  const ann = room.join("ann");
  room.join("bob");
  assert.throws(() => ann.send("go"), /onLeave: no/);
  assert.deepEqual(room.connections, []);
});

test("sending to somebody who has left says so, and the hook goes on", async () => {
  const open = await roomOf(`
    import { Connection, room } from "@cloudramp/room";
    export function onLeave(who: Connection): void {
      const sent = who.send("bye") || who.sendBytes(new ArrayBuffer(1)) || who.close();
      room.broadcast(sent ? "sent" : "too late");
    }
  `);
  const room = open();
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  bob.leave();
  assert.deepEqual(ann.received, ["too late"]);
  assert.deepEqual(bob.received, []);
});

test("a close code that WebSocket does not leave to applications ends the hook", async () => {
  const open = await roomOf(`
    import { Connection } from "@cloudramp/room";
    export function onMessage(from: Connection, text: string): void { from.close(1006); }
  `);
  assert.throws(() => open().join("ann").send(""), /close code 1006/);
});

test("a reason for closing that WebSocket has no place for ends the hook", async () => {
  const open = await roomOf(`
    import { Connection } from "@cloudramp/room";
    export function onMessage(from: Connection, text: string): void { from.close(4000, text); }
  `);
  const ann = open().join("ann");
  assert.throws(() => ann.send("é".repeat(62)), /reason of a close/);
  ann.send("é".repeat(61));
  assert.equal(ann.closed.code, 4000);
});
