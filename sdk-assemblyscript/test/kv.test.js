import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ErrorCode } from "../testing/index.js";
import { roomOf } from "../test-support/compile-room.js";

/** A room that does to its keys what it is told: one message, one command. */
const open = await roomOf(`
  import { Connection, kv } from "@cloudramp/room";

  function shown(text: string | null): string { return text === null ? "none" : "'" + text + "'"; }

  export function onMessage(from: Connection, text: string): void {
    const words = text.split(" ");
    const key = words[1];
    if (words[0] == "get") from.send(shown(kv.get(key)));
    else if (words[0] == "set") kv.set(key, words[2]);
    else if (words[0] == "set-for") kv.set(key, words[2], i64.parse(words[3]));
    else if (words[0] == "delete") kv.delete(key);
    else if (words[0] == "increment") from.send(kv.increment(key, i64.parse(words[2])).toString());
    else if (words[0] == "renew") from.send(kv.increment(key, 1, i64.parse(words[2])).toString());
    else if (words[0] == "within") from.send(kv.incrementWithin(key, i64.parse(words[2])).toString());
    else if (words[0] == "within-twice") {
      kv.incrementWithin(key, i64.parse(words[2]));
      from.send(kv.incrementWithin(key, 1, 10).toString());
    }
    else if (words[0] == "try-within") {
      const sum = kv.tryIncrementWithin(key, -1);
      from.send(sum.ok ? sum.value.toString() : sum.error!.message);
    }
    else if (words[0] == "many") {
      const texts = kv.getMany(words.slice(1));
      for (let i = 0; i < texts.length; ++i) from.send(shown(texts[i]));
    }
    else if (words[0] == "bytes") {
      const bytes = new Uint8Array(3);
      bytes[0] = 255; bytes[2] = 7;
      kv.setBytes(key, bytes.buffer);
      from.sendBytes(kv.getBytes(key)!);
      from.send(kv.getManyBytes([key, "other"])[1] === null ? "none" : "some");
    } else if (words[0] == "set-then-throw") {
      kv.set(key, words[2]);
      from.send("set");
      throw new Error("changed my mind");
    } else if (words[0] == "read-own-write") {
      kv.set(key, "mine");
      from.send(shown(kv.get(key)));
      kv.delete(key);
      from.send(shown(kv.get(key)));
    } else if (words[0] == "try") {
      const got = kv.tryGet(key);
      from.send(got.ok ? shown(got.value) : got.error!.code.toString() + " " + got.error!.message);
      const set = kv.trySet(key, "v");
      from.send(set.ok ? "set" : set.error!.message);
      const sum = kv.tryIncrement(key);
      from.send(sum.ok ? sum.value.toString() : sum.error!.message);
    } else if (words[0] == "try-many") {
      const many = kv.tryGetMany(words.slice(1));
      from.send(many.ok ? many.value.length.toString() : many.error!.message);
    }
  }
`);

function tell(room, ...commands) {
  const user = room.join();
  for (const command of commands) user.send(command);
  return user.received;
}

describe("kv", () => {
  test("gives back what was set, and null for what was not", () => {
    assert.deepEqual(tell(open(), "get a", "set a 🎉", "get a", "delete a", "get a"), ["none", "'🎉'", "none"]);
  });

  test("tells an empty text from none", () => {
    assert.deepEqual(tell(open(), "set a ", "get a"), ["''"]);
  });

  test("forgets a key when its time is over", () => {
    const room = open();
    assert.deepEqual(tell(room, "set-for a 1 500", "get a"), ["'1'"]);
    room.advance(499);
    assert.deepEqual(tell(room, "get a"), ["'1'"]);
    room.advance(1);
    assert.deepEqual(tell(room, "get a"), ["none"]);
  });

  test("counts within a window that begins with the first call, whatever comes after it", () => {
    for (const first of ["within n 500", "within-twice n 500", "set-for n 1 500"]) {
      const room = open();
      tell(room, first);
      room.advance(400);
      const [counted] = tell(room, "within n 500");
      assert.equal(counted, first.startsWith("within-twice") ? "12" : "2");
      room.advance(99);
      assert.deepEqual(tell(room, "get n"), [`'${counted}'`]);
      room.advance(1);
      assert.deepEqual(tell(room, "get n", "within n 500"), ["none", "1"]);
    }
  });

  test("prolongs the life of a counter with each increment that has a time to live", () => {
    const room = open();
    tell(room, "renew n 500");
    room.advance(400);
    tell(room, "renew n 500");
    room.advance(400);
    assert.deepEqual(tell(room, "renew n 500"), ["3"]);
  });

  test("counts for ever what has no time to live, and takes no negative one", () => {
    const room = open();
    tell(room, "within n 0");
    room.advance(1_000_000);
    assert.deepEqual(tell(room, "within n 500"), ["2"]);
    room.advance(1_000_000);
    assert.deepEqual(tell(room, "within n 500", "try-within n"), ["3", "a time to live of -1 ms is negative; 0 means for ever"]);
  });

  test("adds up to and beyond what a double can hold", () => {
    assert.deepEqual(
      tell(open(), "increment n 9007199254740993", "increment n 1", "increment n -9007199254740995", "get n"),
      ["9007199254740993", "9007199254740994", "-1", "'-1'"]);
  });

  test("reads many keys in their order", () => {
    assert.deepEqual(tell(open(), "set a 1", "set c 3", "many c b a"), ["'3'", "none", "'1'"]);
  });

  test("reads more than fits into the first answer", () => {
    const room = open();
    room.kv.set("long", "ö".repeat(100_000));
    assert.deepEqual(tell(room, "get long"), [`'${"ö".repeat(100_000)}'`]);
  });

  test("keeps bytes as they are", () => {
    assert.deepEqual(tell(open(), "bytes a"), [Uint8Array.of(255, 0, 7), "none"]);
  });

  test("shows a hook its own writes", () => {
    assert.deepEqual(tell(open(), "read-own-write a"), ["'mine'", "none"]);
  });

  test("keeps nothing of a hook that fails, and sends nothing", () => {
    const room = open();
    const ann = room.join("ann");
    assert.throws(() => ann.send("set-then-throw a 1"), /changed my mind/);
    ann.send("get a");
    assert.deepEqual(ann.received, ["none"]);
  });

  test("has no empty key", () => {
    for (const command of ["get ", "set  v", "delete ", "increment  1", "many a "]) {
      assert.throws(() => tell(open(), command), /a key is empty/);
    }
    assert.deepEqual(tell(open(), "try "), ["1 a key is empty", "a key is empty", "a key is empty"]);
  });

  test("ends the hook with the host's message when the host answers an error", () => {
    const room = open();
    room.failNextCall("kv.get", ErrorCode.unavailable, "kv.get: the store is gone");
    assert.throws(() => tell(room, "get a"), /kv\.get: the store is gone/);
  });

  test("hands the error to the program that tries, and works on after it", () => {
    const room = open();
    const message = "kv.get: gone 🎉 " + "because ".repeat(1_000);
    room.failNextCall("kv.get", ErrorCode.unavailable, message);
    room.failNextCall("kv.increment", ErrorCode.limit, "enough");
    assert.deepEqual(tell(room, "try a", "try n", "try-many x y"),
      [`2 ${message}`, "set", "enough", "none", "set", "key 'n' does not hold a whole number, so it cannot be incremented", "2"]);
  });
});
