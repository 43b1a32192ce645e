/** The mock room refuses what a server refuses, so that a unit test fails where a room would. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { roomOf } from "../test-support/compile-room.js";
import { FailureCode, LIMITS } from "../testing/index.js";

const open = await roomOf(`
  import { Connection, HookError, HostError, kv, log, room } from "@cloudramp/room";
  function say(to: Connection, error: HostError | null): void {
    if (error !== null) to.send(error.code.toString() + " " + error.message);
  }
  export function onMessage(from: Connection, text: string): void {
    const words = text.split(" ");
    const n = words.length > 1 ? i32.parse(words[1]) : 0;
    if (words[0] == "forever") while (true) {}
    else if (words[0] == "calls") for (let i = 0; i < n; i++) room.connections();
    else if (words[0] == "effects") for (let i = 0; i < n; i++) room.broadcast("x");
    else if (words[0] == "send") from.send("x".repeat(n));
    else if (words[0] == "much") for (let i = 0; i < n; i++) room.broadcast("x".repeat(1_000_000));
    else if (words[0] == "keys") { for (let i = 0; i < n; i++) say(from, kv.trySet("k" + i.toString(), "").error); }
    else if (words[0] == "key") say(from, kv.trySet("k".repeat(n), "").error);
    else if (words[0] == "value") say(from, kv.trySet("k", "v".repeat(n)).error);
    else if (words[0] == "fill") { for (let i = 0; i < n; i++) kv.set("k" + i.toString(), "v".repeat(60_000)); }
    else if (words[0] == "empty") kv.delete("k0");
    else if (words[0] == "values") {
      kv.set("a", "v".repeat(60_000));
      const keys = new Array<string>();
      for (let i = 0; i < n; i++) keys.push("a");
      say(from, kv.tryGetMany(keys).error);
    }
    else if (words[0] == "people") {
      room.sendTo(new Array<Connection>(n).fill(from), "x");
    }
    else if (words[0] == "log") for (let i = 0; i < n; i++) log.info("x".repeat(i == 0 ? 5_000 : 1));
  }
  export function onError(error: HookError): void { room.broadcast(error.code.toString() + " " + error.message); }
`);

/** Of a hook that has all the time it needs on a busy machine, unless the options say otherwise. */
function failureOf(text, options = {}) {
  const room = open({ ...options, limits: { time: Infinity, ...options.limits } });
  const ann = room.join("ann");
  let failure = null;
  try {
    ann.send(text);
  } catch (thrown) {
    failure = thrown;
  }
  return { failure, ann, room };
}

describe("a hook fails that", () => {
  for (const [what, text, options, code, message] of [
    ["never ends", "forever", { limits: { time: 100 } }, FailureCode.deadline, /took longer than 100 ms\. Is there a loop without an end\?/],
    ["calls the host too often", "calls 10001", {}, FailureCode.quota, /called the host more than 10000 times \(limits\.hostCalls\)/],
    ["names too many at a time", "people 16385", {}, FailureCode.trapped, /a list of 16385 items; 16384 are allowed here/],
    ["asks for too large a request", "send 1048576", {}, FailureCode.quota, /a request to 'conn\.send' has \d+ bytes; limits\.requestBytes allows 1048576/],
    ["asks for too many effects, and does not try", "effects 1001", {}, FailureCode.trapped, /1000 effects \(limits\.effects\)/],
    ["asks for effects of too many bytes", "much 5", {}, FailureCode.trapped, /4194304 bytes in all \(limits\.effectBytes\)/],
  ]) {
    test(what, () => {
      const { failure, ann } = failureOf(text, options);
      assert.equal(failure?.code, code);
      assert.match(failure.message, message);
      assert.match(ann.received[0], new RegExp(`^${code} `));
    });
  }
});

describe("the keys of a room", () => {
  test("fit into what a host allows, and a hook that would leave more fails and writes nothing", () => {
    const { failure, ann, room } = failureOf("fill 3", { limits: { kvRoomBytes: 3 * (256 + 2 + 60_000) - 1 } });
    assert.equal(failure?.code, FailureCode.quota);
    assert.match(ann.received[0], /^4 the keys of the room would take 180774 bytes, and limits\.kvRoomBytes allows 180773/);
    assert.equal(room.kv.get("k0"), null);
    ann.send("fill 2");
    ann.send("fill 2");
    assert.throws(() => ann.send("fill 3"), /limits\.kvRoomBytes/);
    assert.notEqual(room.kv.get("k1"), null);
  });

  test("may shrink when they are too large", () => {
    const room = open({ limits: { kvRoomBytes: 10, time: Infinity } });
    room.kv.set("k0", "x".repeat(1_000));
    const ann = room.join("ann");
    ann.send("empty");
    assert.equal(room.kv.get("k0"), null);
    assert.equal(room.kv.bytes(), 0);
  });

  test("count 8 MiB, 256 bytes of which for each key", () => {
    assert.equal(failureOf("fill 128").failure, null);
    const { failure } = failureOf("fill 128", { limits: { kvOperations: 1_000, kvRoomBytes: 128 * 60_256 } });
    assert.equal(failure?.code, FailureCode.quota);
  });
});

describe("a hook gets an error that", () => {
  for (const [what, text, message] of [
    ["asks for too many keys", "keys 129", "4 129 KV operations in one hook; limits.kvOperations allows 128"],
    ["has too long a key", "key 513", "4 a key of 513 bytes; limits.kvKeyBytes allows 512"],
    ["has too long a value", "value 65537", "4 a value of 65537 bytes; limits.kvValueBytes allows 65536"],
    ["would get too long a response", "values 18", "4 the response has 1080094 bytes; limits.responseBytes allows 1048576"],
  ]) {
    test(what, () => {
      const { failure, ann } = failureOf(text);
      assert.equal(failure, null);
      assert.deepEqual(ann.received, [message]);
    });
  }
});

test("a hook may do all that is just allowed", () => {
  for (const text of ["calls 10000", "effects 1000", "much 4", "keys 128", "key 512", "value 65536", "values 17"]) {
    const { failure, ann } = failureOf(text);
    assert.equal(failure, null);
    assert.doesNotMatch(String(ann.received[0] ?? ""), /limits/);
  }
});

test("of a log that is too long, lines and the ends of lines are dropped", () => {
  const { room } = failureOf("log 103");
  assert.equal(room.log.length, 101);
  assert.equal(room.log[0].text, `${"x".repeat(4_096)}…`);
  assert.deepEqual(room.log.at(-1), { level: "warn", text: "3 more lines dropped (limits.logLines)" });
});

test("names that a host does not take, and messages that are too large, are the test's mistake", () => {
  assert.throws(() => open({ id: "café" }), /A host takes no room 'café'/);
  assert.throws(() => open({ service: "Chat" }), /A host takes no service 'Chat'/);
  assert.throws(() => open().join("ann 2"), /A host takes no connection 'ann 2'/);
  assert.throws(() => open().join("ann").send("x".repeat(1_048_577)), /refuses a message of 1048577 bytes; limits\.messageBytes allows 1048576/);
  assert.throws(() => open({ limits: { tyme: 1 } }), /There is no limit 'tyme'\. There are time, /);
  assert.throws(() => open({ limits: { time: "1s" } }), /The limit 'time' is 1s/);
});

test("a limit may be another, or none", () => {
  assert.equal(failureOf("calls 10001", { limits: { hostCalls: Infinity, time: Infinity } }).failure, null);
  assert.match(failureOf("calls 6", { limits: { hostCalls: 5 } }).failure.message, /more than 5 times/);
  assert.equal(LIMITS.hostCalls, 10_000);
});
