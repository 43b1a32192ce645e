/** Who a connection is, as a room gets to know it from what a token or the embedder says. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Guest } from "../testing/guest.js";
import { LIMITS, MockRoom } from "../testing/index.js";
import { Writer } from "../testing/wire.js";
import { compileProgram, roomOf } from "../test-support/compile-room.js";

const INFO = { role: "owner", "nick name": "Ann é 😀" };

describe("a program of functions", async () => {
  const open = await roomOf(`
    import { Connection, room } from "@cloudramp/room";
    export function onJoin(who: Connection): void { room.broadcast("join " + who.id + " " + who.user + " " + who.info); }
    export function onMessage(from: Connection, text: string): void { room.broadcast(text + " " + from.user + " " + from.info); }
    export function onLeave(who: Connection): void { room.broadcast("leave " + who.user + " " + who.info); }
  `);

  test("is told in every hook who it is, whichever parameters it takes", () => {
    const room = open();
    const eve = room.join("eve");
    const ann = room.join({ id: "c1", user: "ann@example.org", info: INFO });
    ann.send("hello");
    ann.leave(1001, "bye");
    const said = `ann@example.org ${JSON.stringify(INFO)}`;
    assert.deepEqual(eve.received, ["join eve  ", `join c1 ${said}`, `hello ${said}`, `leave ${said}`]);
    assert.deepEqual([ann.user, ann.info], ["ann@example.org", JSON.stringify(INFO)]);
  });

  test("finds the same user after they have come back with another connection", () => {
    const room = open();
    const eve = room.join("eve");
    room.join({ user: "ann" }).leave();
    room.join({ user: "ann" });
    assert.deepEqual(eve.received.slice(1), ["join user-2 ann ", "leave ann ", "join user-3 ann "]);
  });

  test("takes an info of any kind that JSON has, up to a kibibyte", () => {
    const room = open();
    for (const info of [null, 0, "text", [1, 2], "x".repeat(1_022)]) {
      assert.equal(room.join({ user: "ann", info }).received[0].split(" ann ")[1], JSON.stringify(info));
    }
  });

  test("gets no user and no info that a host would not take", () => {
    const room = open();
    for (const user of [" ", "a\nb", "\u202e", "u".repeat(129), 7]) assert.throws(() => room.join({ user }), /takes no user/);
    assert.throws(() => room.join({ user: "ann", info: "x".repeat(1_023) }), /takes no info of 1025 bytes/);
  });
});

test("whatever a program leaves out of its parameters, it is told who somebody is", async () => {
  const open = await roomOf(`
    import { Connection, Message, room } from "@cloudramp/room";
    export function onMessage(from: Connection): void { room.broadcast("message of " + from.user); }
    export function onLeave(who: Connection, code: i32): void { room.broadcast(code.toString() + " " + who.user + who.info); }
  `);
  const room = open();
  const [eve, ann] = [room.join("eve"), room.join({ user: "ann", info: 1 })];
  ann.send("text");
  ann.send(Uint8Array.of(1, 2, 3));
  ann.leave(4001, "a reason");
  assert.deepEqual(eve.received, ["message of ann", "message of ann", "4001 ann1"]);
});

test("a class may keep a connection, and with it who it was", async () => {
  const open = await roomOf(`
    import { Connection, Room } from "@cloudramp/room";
    export class Keeper extends Room {
      private first: Connection | null = null;
      onJoin(who: Connection): void { if (this.first === null) this.first = who; }
      onMessage(from: Connection, text: string): void {
        const first = this.first;
        if (first !== null) from.send(first.user + " " + first.info);
      }
    }
  `);
  const room = open();
  room.join({ user: "ann", info: "the first" });
  const bob = room.join({ user: "somebody with a longer name", info: "x".repeat(900) });
  bob.send("who was it? ".repeat(100));
  assert.deepEqual(bob.received, ['ann "the first"']);
});

describe("room.members", async () => {
  const open = await roomOf(`
    import { Connection, room } from "@cloudramp/room";
    export function onMessage(from: Connection, text: string): void {
      if (text == "connections") { from.send(room.connections()[0].user); return; }
      if (text == "id") { from.send(new Connection(from.id).info); return; }
      const members = room.members();
      if (text == "count") { from.send(members.length.toString() + " " + members[members.length - 1].user); return; }
      for (let i = 0; i < members.length; i++) {
        const member = members[i];
        from.send(member.id + " " + member.user + " " + member.info + (member == from ? " you" : ""));
      }
    }
  `);

  test("lists who is there with who they are", () => {
    const room = open();
    const ann = room.join({ id: "c1", user: "ann", info: INFO });
    room.join("gone").leave();
    room.join({ id: "c2", user: "ann" });
    room.join("c3");
    ann.send("");
    assert.deepEqual(ann.received, [`c1 ann ${JSON.stringify(INFO)} you`, "c2 ann ", "c3  "]);
  });

  test("holds thousands, more than fit into the first answer", () => {
    const room = open();
    const first = room.join({ user: "user-1" });
    for (let i = 2; i <= 5_000; ++i) room.join({ user: `user-${i}` });
    first.send("count");
    assert.deepEqual(first.received, ["5000 user-5000"]);
  });

  test("is what an error names when who somebody is was not asked for", () => {
    const room = open();
    const ann = room.join({ user: "ann" });
    for (const text of ["connections", "id"]) assert.throws(() => ann.send(text), /Use room\.members\(\)/);
  });

  test("is no import of a program that does not ask for it", async () => {
    const { wasm } = await compileProgram(`
      import { Connection, room } from "@cloudramp/room";
      export function onJoin(who: Connection): void { room.broadcast(who.user + room.connections().length.toString()); }
    `);
    const imports = WebAssembly.Module.imports(await WebAssembly.compile(wasm)).map(({ name }) => name);
    assert.equal(imports.includes("members"), false);
  });
});

test("a program that does not ask who somebody is has no code for it, wherever it would ask from", async () => {
  const program = `
    import { Connection, log, room } from "@cloudramp/room";
    import { nameOf } from "./names";
    export function onJoin(who: Connection): void { log.info("somebody"); room.broadcast(nameOf(who)); }`;
  const names = (body) => ({ files: { "assembly/names.ts": `
    import { Connection } from "@cloudramp/room";
    export function nameOf(who: Connection): string { return ${body}; }` } });
  const without = await compileProgram(program, names("who.id"));
  const asking = await compileProgram(program, names("who\n  .user"));
  assert.ok(asking.wasm.length > without.wasm.length + 100);
  const room = new MockRoom(asking.wasm);
  assert.deepEqual(room.join({ user: "ann" }).received, ["ann"]);
});

describe("a host of another age", () => {
  test("that does not say who somebody is leaves user and info empty", async () => {
    const { wasm } = await compileProgram(`
      import { Connection } from "@cloudramp/room";
      export function onJoin(who: Connection): bool { return who.user == "" && who.info == ""; }
    `);
    const guest = new Guest(new WebAssembly.Module(wasm), () => true, null, LIMITS);
    const event = new Writer().string("test").string("lobby").i64(0).u64(1n).string("ann").written();
    assert.equal(guest.run("onJoin", event, { remaining: 1_000, serve() {} }), true);
  });

  test("that says more of a member is understood as far as it goes", async () => {
    const open = await roomOf(`
      import { Connection, room } from "@cloudramp/room";
      export function onMessage(from: Connection, text: string): void {
        const members = room.members();
        for (let i = 0; i < members.length; i++) from.send(members[i].id + " " + members[i].user + " " + members[i].info);
      }
    `);
    const members = [["c1", "ann", "1", "state", "joined"], ["c2", "bob", "2", "", "0"]];
    const room = open({
      functions: { "room.members": (_, response) => response.list(members, (to, fields) => to.list(fields, (item, field) => item.string(field))) },
    });
    const ann = room.join("c1");
    ann.send("");
    assert.deepEqual(ann.received, ["c1 ann 1", "c2 bob 2"]);
  });
});
