import assert from "node:assert/strict";
import { test } from "node:test";
import { roomOf } from "../test-support/compile-room.js";

const ALARM = `
  import { Connection, kv, room, timer } from "@cloudramp/room";
  export function onMessage(from: Connection, text: string): void {
    const words = text.split(" ");
    if (words[0] == "set") timer.set(words[1], I64.parseInt(words[2]));
    if (words[0] == "cancel") timer.cancel(words[1]);
    if (words[0] == "fill") {
      for (let i = 0; i < I32.parseInt(words[1]); ++i) timer.set("t" + i.toString(), 1000);
    }
    if (words[0] == "fail") {
      timer.set("never", 100);
      assert(false);
    }
    if (words[0] == "try") {
      const tried = timer.trySet(words.length > 1 ? words[1].repeat(129) : "", 100);
      const error = tried.error;
      room.broadcast(error ? error.code.toString() + " " + error.message : "set");
    }
  }
  export function onTimer(name: string, due: i64, attempt: i32): void {
    room.broadcast(name + " " + (room.now - due).toString() + " " + attempt.toString());
    if (name == "tick") timer.set("tick", 1000 - (room.now - due) % 1000);
    if (name == "trap") assert(false);
    if (name == "deaf") kv.increment("tries");
  }
`;

test("a timer fires once, at its time, also when nobody is in the room", async () => {
  const room = (await roomOf(ALARM))();
  const ann = room.join("ann");
  ann.send("set close 60000");
  assert.equal(room.timers.due("close"), room.time + 60_000);
  ann.leave();
  room.advance(59_999);
  assert.deepEqual(room.events, []);
  room.advance(1);
  assert.deepEqual(room.events.map(({ data }) => data), ["close 0 0"]);
  room.advance(1_000_000);
  assert.equal(room.events.length, 1);
  assert.equal(room.timers.size, 0);
});

test("one that is set again or cancelled does not fire as it was", async () => {
  const room = (await roomOf(ALARM))();
  const ann = room.join("ann");
  ann.send("set a 100");
  ann.send("set b 100");
  room.advance(50);
  ann.send("set a 100");
  ann.send("cancel b");
  ann.send("cancel nothing");
  room.advance(99);
  assert.deepEqual(ann.received, []);
  room.advance(1);
  assert.deepEqual(ann.received, ["a 0 0"]);
});

test("a timer that sets itself again from when it was due does not drift, and fires at each of its times", async () => {
  const room = (await roomOf(ALARM))();
  const ann = room.join("ann");
  ann.send("set tick 1000");
  const start = room.time;
  room.advance(3_500);
  assert.equal(ann.received.length, 3);
  assert.equal(room.timers.due("tick"), start + 4_000);
});

test("less than 50 ms counts as 50, and a hook that fails sets nothing", async () => {
  const room = (await roomOf(ALARM))();
  const ann = room.join("ann");
  ann.send("set soon -5");
  assert.equal(room.timers.due("soon"), room.time + 50);
  assert.throws(() => ann.send("fail"));
  assert.deepEqual(room.timers.names, ["soon"]);
});

test("a room that would have more timers than it may keeps none of them", async () => {
  const room = (await roomOf(ALARM))();
  const ann = room.join("ann");
  ann.send("fill 32");
  assert.equal(room.timers.size, 32);
  assert.throws(() => ann.send("set another 100"), /33 timers, and limits\.timers allows 32/);
  ann.send("set t31 100");
  ann.send("cancel t0");
  ann.send("set another 100");
  assert.equal(room.timers.size, 32);
});

test("a name without a byte or with too many is refused", async () => {
  const room = (await roomOf(ALARM))();
  const ann = room.join("ann");
  ann.send("try");
  ann.send("try x");
  assert.deepEqual(ann.received, Array(2).fill("1 the name of a timer has 1 to 128 bytes"));
});

test("one whose hook fails is tried again after 2, 4, … 64 seconds and is then dropped", async () => {
  const room = (await roomOf(ALARM))();
  room.join("ann").send("set trap 100");
  const start = room.time + 100;
  const tries = [];
  for (let i = 0; i < 400 && room.timers.size > 0; ++i) {
    try {
      room.advance(500);
    } catch (failure) {
      assert.equal(failure.hook, "onTimer");
      tries.push(room.time);
    }
  }
  assert.deepEqual(tries.map((time) => Math.floor((time - start) / 1_000)), [0, 2, 6, 14, 30, 62, 126]);
  assert.match(room.log.at(-1).text, /timer 'trap' is dropped: it has failed 7 times/);
  assert.deepEqual(room.events, []);
});

test("a class has onTimer as well, and its fields are there", async () => {
  const room = (await roomOf(`
    import { Connection, Room, room, timer } from "@cloudramp/room";
    export class Countdown extends Room {
      private left: i32 = 3;
      onJoin(who: Connection): void { timer.set("tick", 1000); }
      onTimer(): void {
        room.broadcast((this.left--).toString());
        if (this.left > 0) timer.set("tick", 1000);
      }
    }
  `))();
  const ann = room.join("ann");
  room.advance(60_000);
  assert.deepEqual(ann.received, ["3", "2", "1"]);
});

test("onError is told of a timer, on behalf of nobody", async () => {
  const room = (await roomOf(`
    import { Connection, HookError, room, timer } from "@cloudramp/room";
    export function onJoin(who: Connection): void { timer.set("x", 50); }
    export function onTimer(name: string): void { assert(false); }
    export function onError(error: HookError): void {
      timer.cancel("x");
      room.broadcast(error.hook + "/" + error.connection + "/");
    }
  `))();
  const ann = room.join("ann");
  assert.throws(() => room.advance(50));
  assert.deepEqual(ann.received, ["onTimer//"]);
  assert.equal(room.timers.size, 0);
});
