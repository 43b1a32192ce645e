import assert from "node:assert/strict";
import { test } from "node:test";
import { compileProgram, roomOf } from "../test-support/compile-room.js";

/** What became of somebody who wanted to join. */
const outcome = ({ connected, refused, closed }) => ({ connected, refused, closed });
const refused = (code, reason) => ({ connected: false, refused: { code, reason }, closed: null });

test("functions refuse with a code and a reason, and nothing of the hook happens", async () => {
  const open = await roomOf(`
    import { Connection, kv, refuse, room } from "@cloudramp/room";
    export function onJoin(who: Connection): bool {
      room.broadcast(who.id + " is here");
      kv.set("last", who.id);
      if (room.connections().length > 2) return refuse(4010, "the room is full, " + who.id);
      return true;
    }
  `);
  const room = open();
  const ann = room.join("ann");
  room.join("bob");
  assert.deepEqual(outcome(room.join("cleo")), refused(4010, "the room is full, cleo"));
  assert.deepEqual(room.connections, ["ann", "bob"]);
  assert.deepEqual(ann.received, ["ann is here", "bob is here"]);
  assert.equal(room.kv.get("last"), "bob");
});

test("a class refuses with a code and a reason, and keeps its fields", async () => {
  const open = await roomOf(`
    import { Connection, Room, refuse } from "@cloudramp/room";
    export class Door extends Room {
      private knocks: i32 = 0;
      onJoin(who: Connection): bool {
        return ++this.knocks < 3 ? refuse(4999, this.knocks.toString()) : true;
      }
    }
  `);
  const room = open();
  assert.deepEqual(outcome(room.join("ann")), refused(4999, "1"));
  assert.deepEqual(outcome(room.join("ann")), refused(4999, "2"));
  assert.equal(room.join("ann").connected, true);
});

test("who has said why has refused, whatever the hook returns; of two reasons the first counts", async () => {
  const open = await roomOf(`
    import { Connection, refuse } from "@cloudramp/room";
    export function onJoin(who: Connection): void {
      if (who.id == "eve") refuse(3000, "not you");
      refuse(3001);
    }
  `);
  const room = open();
  assert.deepEqual(outcome(room.join("eve")), refused(3000, "not you"));
  assert.deepEqual(outcome(room.join("ann")), refused(3001, ""));
  assert.deepEqual(room.connections, []);
});

test("a reason that a close frame does not hold is cut between two characters", async () => {
  const open = await roomOf(`
    import { Connection, refuse, room } from "@cloudramp/room";
    export function onJoin(who: Connection): bool { return refuse(4010, room.id + "é".repeat(61)); }
  `);
  const reasonIn = (id) => open({ id }).join("ann").refused.reason;
  assert.equal(reasonIn("a"), `a${"é".repeat(61)}`);
  assert.equal(reasonIn("ab"), `ab${"é".repeat(59)}…`);
  assert.equal(reasonIn("a".repeat(128)), `${"a".repeat(120)}…`);
});

test("a code that is not an application's to use ends the hook", async () => {
  const open = await roomOf(`
    import { Connection, refuse } from "@cloudramp/room";
    export function onJoin(who: Connection): bool { return refuse(i32.parse(who.id.substring(1))); }
  `);
  for (const code of [0, 1001, 1006, 2999, 5000]) {
    const room = open();
    assert.throws(() => room.join(`c${code}`), new RegExp(`close code ${code} is neither 1000 nor from 3000 to 4999`));
    assert.deepEqual(room.connections, []);
  }
  for (const code of [1000, 3000, 4999]) assert.equal(open().join(`c${code}`).refused.code, code);
});

test("elsewhere than in onJoin there is nobody to refuse", async () => {
  const open = await roomOf(`
    import { Connection, Room, kv, refuse } from "@cloudramp/room";
    export class Door extends Room {
      onStart(): void { if (kv.get("start") !== null) refuse(4010, "no"); }
      onJoin(who: Connection): bool { return true; }
      onMessage(from: Connection, text: string): void { refuse(4010, "no"); }
      onLeave(): void { refuse(4010, "no"); }
    }
  `);
  const room = open();
  const ann = room.join("ann");
  assert.throws(() => ann.send(""), /sandbox\.refuse is for onJoin, and this is onMessage/);
  assert.throws(() => ann.leave(), /this is onLeave/);
  room.kv.set("start", "yes");
  room.evict();
  assert.throws(() => room.join("ann"), /this is onStart/);
});

test("a room says which messages it takes, if it does not take all", async () => {
  const exportsOf = async (parameters) => {
    const { wasm, report } = await compileProgram(`
      import { Connection, Message } from "@cloudramp/room";
      export function onMessage(${parameters}): void {}
    `);
    assert.equal(report, "");
    return WebAssembly.Module.exports(new WebAssembly.Module(wasm)).map(({ name }) => name)
      .filter((name) => name.endsWith("_only"));
  };
  assert.deepEqual(await exportsOf("from: Connection, text: string"), ["sandbox_text_only"]);
  assert.deepEqual(await exportsOf("from: Connection, data: ArrayBuffer"), ["sandbox_binary_only"]);
  assert.deepEqual(await exportsOf("from: Connection, message: Message"), []);
  assert.deepEqual(await exportsOf("from: Connection"), []);
  assert.deepEqual(await exportsOf(""), []);
});
