import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileProgram, roomOf } from "../test-support/compile-room.js";
import { ErrorCode } from "../testing/index.js";

describe("a room that is a class", async () => {
  const open = await roomOf(`
    import { Connection, HookError, Room, room } from "@cloudramp/room";

    export class Visits extends Room {
      private counts: Map<string, i32> = new Map();
      private started: string = "made in " + room.id;

      onStart(): void { this.started += ", started at " + room.now.toString(); }

      onJoin(who: Connection): bool {
        const count = this.counts.has(who.id) ? this.counts.get(who.id) + 1 : 1;
        this.counts.set(who.id, count);
        who.send(who.id + " " + count.toString());
        return count < 3;
      }

      onMessage(from: Connection, text: string): void {
        if (text == "fail") throw new Error("as you wish");
        from.send(this.started);
      }

      onError(error: HookError): void { room.broadcast(error.hook + " of " + error.connection + " failed"); }
    }
  `);

  test("keeps its fields from hook to hook", () => {
    const room = open();
    room.join("ann").leave();
    assert.deepEqual(room.join("ann").received, ["ann 2"]);
  });

  test("is made in a hook, so that its fields can know the room, and started once", () => {
    const room = open({ id: "lobby", time: 1_000 });
    const ann = room.join("ann");
    room.advance(500);
    ann.send("hello");
    assert.deepEqual(ann.received, ["ann 1", "made in lobby, started at 1000"]);
  });

  test("remembers a join that it refused", () => {
    const room = open();
    room.join("ann").leave();
    room.join("ann").leave();
    assert.equal(room.join("ann").connected, false);
  });

  test("starts anew after an error, and is told of it", () => {
    const room = open();
    const ann = room.join("ann");
    assert.throws(() => ann.send("fail"), /as you wish/);
    assert.deepEqual(room.join("ann-2").received, ["ann-2 1"]);
    assert.equal(ann.received.at(-1), "onMessage of ann failed");
  });

  test("starts anew after it has been put away", () => {
    const room = open();
    room.join("ann").leave();
    room.evict();
    assert.deepEqual(room.join("ann").received, ["ann 1"]);
  });

  test("belongs to one room only", () => {
    open({ id: "a" }).join("ann");
    assert.deepEqual(open({ id: "b" }).join("ann").received, ["ann 1"]);
  });
});

test("a room class without onStart is made all the same", async () => {
  const open = await roomOf(`
    import { Connection, Room } from "@cloudramp/room";
    export default class Greeter extends Room {
      onJoin(who: Connection): void { who.send("hello"); }
    }
  `);
  assert.deepEqual(open().join().received, ["hello"]);
});

test("a room class stays at one page of memory, whatever its hooks throw away", async () => {
  const { wasm } = await compileProgram(`
    import { Connection, Room, room } from "@cloudramp/room";
    export class Forgetful extends Room {
      private last: string = "";
      onMessage(from: Connection, text: string): void {
        this.last = text.repeat(20);
        from.send(room.id + this.last.length.toString() + memory.size().toString());
      }
    }
  `);
  const { MockRoom } = await import("../testing/index.js");
  const ann = new MockRoom(wasm, { id: "pages-" }).join("ann");
  for (let i = 0; i < 20_000; ++i) ann.send("twenty characters...");
  assert.equal(ann.received.at(-1), "pages-4001");
});

test("a room class exports the marker that keeps its memory; a program of functions does not", async () => {
  const marked = async (program) => {
    const { wasm } = await compileProgram(`import { Connection, Room } from "@cloudramp/room";\n${program}`);
    return WebAssembly.Module.exports(new WebAssembly.Module(wasm)).some(({ name }) => name === "sandbox_room_memory");
  };
  assert.equal(await marked("export class A extends Room { onJoin(who: Connection): void {} }"), true);
  assert.equal(await marked("export function onJoin(who: Connection): void {}"), false);
});

test("a room class may use another collector, but not the runtime that never collects", async () => {
  const program = `
    import { Connection, Room } from "@cloudramp/room";
    export class A extends Room { onJoin(who: Connection): void { who.send("hello"); } }
  `;
  const withRuntime = (runtime) =>
    compileProgram(program, { files: { "asconfig.json": JSON.stringify({ options: { runtime } }) } });
  assert.match((await withRuntime("stub")).report, /the runtime 'stub' never frees/);
  assert.equal((await withRuntime("incremental")).report, "");
});

describe("onStart is told whether the room woke up without its memory:", async () => {
  const open = await roomOf(`
    import { Connection, HookError, Room, room } from "@cloudramp/room";
    export class Waking extends Room {
      onStart(woke: bool): void { room.broadcast(woke ? "woke" : "new"); }
      onJoin(who: Connection): bool { return who.id != "mallory"; }
      onMessage(from: Connection, text: string): void { if (text == "fail") throw new Error("as you wish"); }
      onLeave(who: Connection): void { if (who.id == "careless") throw new Error("no"); }
      onError(error: HookError): void { room.broadcast(error.hook); }
    }
  `);
  const said = (room) => room.events.map(({ data }) => data);

  test("it is new for the first who joins, and again when all have left", () => {
    const room = open();
    room.join("ann").leave();
    room.evict();
    room.join("bob");
    assert.deepEqual(said(room), ["new", "new"]);
  });

  test("it wakes up for whoever was there, also when the last of them leaves", () => {
    const room = open();
    const ann = room.join("ann");
    room.evict();
    ann.send("hello");
    room.evict();
    const bob = room.join("bob");
    bob.leave();
    room.evict();
    ann.leave();
    assert.deepEqual(said(room), ["new", "woke", "woke", "woke"]);
  });

  test("it wakes up after an error", () => {
    const room = open();
    const ann = room.join("ann");
    assert.throws(() => ann.send("fail"), /as you wish/);
    assert.deepEqual(said(room), ["new", "woke", "onMessage"]);
  });

  test("it is new for who joins after one who was refused, or whose leave has failed", () => {
    const room = open();
    room.join("mallory");
    room.evict();
    assert.throws(() => room.join("careless").leave(), /no/);
    room.evict();
    room.join("ann");
    assert.deepEqual(said(room), ["new", "woke", "onLeave", "new"]);
  });

  test("it is new when no hook of it has run, whoever is there", async () => {
    const room = (await roomOf(`
      import { Connection, Room, room } from "@cloudramp/room";
      export class A extends Room {
        onStart(woke: boolean): void { room.broadcast(woke ? "woke" : "new"); }
        onMessage(from: Connection): void {}
      }`))();
    const [ann] = [room.join("ann"), room.join("bob")];
    ann.send("hello");
    room.evict();
    ann.send("hello");
    assert.deepEqual(said(room), ["new", "woke"]);
  });
});

describe("onStart and the first hook of new memory are one:", async () => {
  const open = await roomOf(`
    import { Connection, HookError, Room, kv, room } from "@cloudramp/room";
    export class Starting extends Room {
      onStart(): void {
        kv.increment("starts");
        room.broadcast("start " + room.now.toString());
      }
      onJoin(who: Connection): bool {
        if (kv.get("fail") !== null && who.id != "late") throw new Error("as you wish");
        return who.id != "mallory";
      }
      onMessage(from: Connection, text: string): void { kv.set("fail", text); }
      onError(error: HookError): void { kv.increment("errors"); }
    }
  `);

  test("what onStart has written is not kept when that hook fails, and onError finds new memory", () => {
    const room = open();
    room.kv.set("fail", "yes");
    assert.throws(() => room.join("ann"), /onJoin: as you wish/);
    // onStart has run twice, and counts once: for onError, which succeeded.
    assert.deepEqual([room.kv.get("starts"), room.kv.get("errors")], ["1", "1"]);
    assert.deepEqual(room.events.map(({ data }) => data), ["start 1700000000000"]);
    room.join("late");
    assert.equal(room.kv.get("starts"), "1");
  });

  test("a failed onStart is a failure of that hook, of which onError is told", async () => {
    const room = (await roomOf(`
      import { Connection, HookError, Room, kv, room } from "@cloudramp/room";
      export class A extends Room {
        onStart(): void { kv.get("settings"); }
        onJoin(who: Connection): void {}
        onError(error: HookError): void { room.broadcast(error.hook); }
      }`))();
    room.failNextCall("kv.get", ErrorCode.unavailable);
    assert.throws(() => room.join("ann"), ({ hook, call }) => hook === "onStart" && call === "onJoin");
    assert.deepEqual(room.events.map(({ data }) => data), ["onJoin"]);
  });

  test("nor when it refuses, though the memory stays", () => {
    const room = open();
    assert.equal(room.join("mallory").connected, false);
    assert.equal(room.kv.get("starts"), null);
    assert.deepEqual(room.events, []);
    room.join("ann");
    assert.equal(room.kv.get("starts"), null);
  });

  test("and a hook that the room does not have starts nothing", async () => {
    const room = (await roomOf(`
      import { Connection, Room, room } from "@cloudramp/room";
      export class A extends Room {
        onStart(): void { room.broadcast("start"); }
        onLeave(who: Connection): void {}
      }`))();
    const [ann, bob] = [room.join("ann"), room.join("bob")];
    ann.send("hello");
    assert.deepEqual(room.events, []);
    ann.leave();
    assert.deepEqual(bob.received, ["start"]);
  });
});
