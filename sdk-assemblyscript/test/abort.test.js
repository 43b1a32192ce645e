import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bindingsOf } from "../cli/plugin-source.js";
import { HookFailure, HostFunctionError, MockRoom } from "../testing/index.js";
import { compileProgram, roomOf } from "../test-support/compile-room.js";

const open = await roomOf(`import { Connection, HookError, kv, log, random, room } from "@cloudramp/room";
import { Dice } from "./dice";

export function onMessage(from: Connection, text: string): void {
  from.send("this is never sent");
  kv.set("key", "this is never kept");
  log.info("this is logged");
  if (text == "throw") throw new Error("thrown 🎉");
  if (text == "assert") assert(text.length == 0, "asserted");
  if (text == "null") from.send(kv.get("nothing")!);
  if (text == "index") from.send(text.split("")[9]);
  if (text == "dice") new Dice().roll(0);
  if (text == "long") throw new Error("x".repeat(100_000));
  if (text == "bare") unreachable();
  if (text == "deep") deep(1);
  if (text == "close") from.close(1);
}

function deep(depth: i32): i32 { return depth + deep(depth + 1); }

export function onError(error: HookError): void {
  room.broadcast([error.hook, error.connection, error.message].join("|"));
}
`, {
  files: {
    "assembly/dice.ts": `
      import { random } from "@cloudramp/room";
      export class Dice {
        roll(sides: i32): i32 {
          if (sides < 1) throw new RangeError("a die has sides");
          return random.below(sides);
        }
      }
    `,
  },
});

function failureOf(message) {
  const room = open();
  const ann = room.join("ann");
  try {
    ann.send(message);
  } catch (failure) {
    assert.ok(failure instanceof HookFailure, failure.stack);
    return { failure, room, ann };
  }
  throw new assert.AssertionError({ message: "the hook did not fail" });
}

describe("an error ends the hook and says what happened, and where in the program", () => {
  const EXPECTED = {
    throw: ["thrown 🎉", "assembly/index.ts", 8, 24],
    assert: ["asserted", "assembly/index.ts", 9, 25],
    null: ["Unexpected 'null' (not assigned or failed cast)", "assembly/index.ts", 10, 33],
    dice: ["a die has sides", "assembly/dice.ts", 5, 26],
  };
  for (const [name, [message, file, line, column]] of Object.entries(EXPECTED)) {
    test(name, () => {
      const { failure } = failureOf(name);
      assert.deepEqual(failure.position, { file, line, column });
      assert.equal(failure.message, `onMessage: ${message} (${file}:${line}:${column})`);
    });
  }

  test("also when a library found the error", () => {
    assert.equal(failureOf("index").failure.message, "onMessage: Index out of range (assembly/index.ts:11:34)");
    assert.match(failureOf("close").failure.message,
      /^onMessage: close code 1 is neither 1000 nor from 3000 to 4999 \(assembly\/index\.ts:16:/);
  });

  test("also when a library found the error and there is no source map, as on a server", () => {
    const ann = open({ sourceMap: undefined }).join("ann");
    assert.throws(() => ann.send("index"), /Index out of range \(assembly\/index\.ts:11:34\)/);
    assert.throws(() => ann.send("close"), /close code 1 is .* \(assembly\/index\.ts:16:/);
  });

  test("with a very long message, of which the beginning is kept", () => {
    const { failure } = failureOf("long");
    assert.match(failure.message, /^onMessage: x{1000} \(assembly\/index\.ts:13:/);
  });

  test("that says nothing, as a trap", () => {
    assert.equal(failureOf("bare").failure.message, "onMessage: unreachable (assembly/index.ts:14:23)");
    assert.match(failureOf("deep").failure.message, /call stack.*\(assembly\/index\.ts:19:/);
  });
});

test("nothing of a hook that failed takes effect, except its log", () => {
  const { room, ann } = failureOf("throw");
  assert.deepEqual(ann.received, ["onMessage|ann|aborted: thrown 🎉 (assembly/index.ts:8:24)"]);
  assert.equal(room.kv.get("key"), null);
  assert.deepEqual(room.log, [{ level: "info", text: "this is logged" }]);
});

describe("the place of an error in a library is that of the call that led there,", () => {
  const LEADERBOARD = { name: "leaderboard", functions: [
    { name: "add", kind: "effect", parameters: ["STRING", "I32"], result: null },
    { name: "top", kind: "query", parameters: [], result: "LIST_OF_STRING" },
  ] };
  const fails = () => {
    throw new HostFunctionError(64, "out of order");
  };
  const functions = { "leaderboard.add": fails, "leaderboard.top": fails, "room.users": fails };

  /** The place of the error when a message is sent to a room with these lines in its hook, of which the first is line 6. */
  async function placeIn(lines, { compilerOptions = [] } = {}) {
    const program = [
      'import { Connection, kv, random, room } from "@cloudramp/room";',
      'import { leaderboard } from "./plugins/leaderboard";',
      "function last(list: i32[]): i32 { return list.length > 0 ? list[list.length - 1] : 0; }",
      "function numbers(): i32[] { return [1, 2]; }",
      "export function onMessage(from: Connection, text: string): void {",
      ...lines,
      "}",
    ].join("\n");
    const files = { "assembly/plugins/leaderboard.ts": bindingsOf(LEADERBOARD) };
    const { wasm } = await compileProgram(program, { files, compilerOptions });
    try {
      new MockRoom(wasm, { functions }).join("ann").send("hello");
    } catch (failure) {
      assert.ok(failure instanceof HookFailure, failure.stack);
      return failure.position;
    }
    throw new assert.AssertionError({ message: "the hook did not fail" });
  }
  const at = (line, column) => ({ file: "assembly/index.ts", line, column });

  test("not of an operand that called as well", async () => {
    assert.deepEqual(await placeIn(["  numbers().fill(", "    last(numbers()), 0, 1)", "    [last(numbers())];"]), at(6, 3));
  });

  test("not of a call that has returned", async () => {
    assert.deepEqual(await placeIn(["  const list = numbers();", "  last(list);", "  kv.increment(list[2].toString());"]), at(8, 16));
  });

  test("also when it takes nothing", async () => {
    assert.deepEqual(await placeIn(["  numbers();", "  room.connections();"]), at(7, 3));
    assert.deepEqual(await placeIn(["  leaderboard.top();"]), at(6, 3));
  });

  test("and not within what 'room bindings' wrote", async () => {
    assert.deepEqual(await placeIn(["", "  leaderboard.add(from.id, 1);"]), at(7, 3));
  });

  test("whatever is optimised away", async () => {
    for (const compilerOptions of [["-O0"], ["-O3", "--converge"], ["-Osize"]]) {
      assert.deepEqual(await placeIn(["  from.send(numbers()[random.below(1) + 2].toString());"], { compilerOptions }), at(6, 13));
    }
  });

  test("and does not hide from the compiler what is not null", async () => {
    const { report } = await compileProgram(`
      import { Connection, kv } from "@cloudramp/room";
      function length(text: string): i32 { return text.length; }
      export function onMessage(from: Connection, text: string): void {
        const a = kv.get(text);
        const b = kv.get("b");
        from.send((a === null ? 0 : length(a)).toString());
        from.send((a != null && b != null ? length(b) : !a ? 1 : length(a)).toString());
        if (b) from.send(b);
      }`);
    assert.equal(report, "");
  });
});

describe("a division of whole numbers by zero", async () => {
  /** Expressions in which `n` is zero, and the column of the division in each. */
  const DIVISIONS = {
    "by /": ["7 / n", 1],
    "by %": ["7 % n", 1],
    "by a constant": ["n / 0", 1],
    "within a divisor": ["7 / (8 / n)", 6],
    "of a sum": ["(7 + n) / n", 1],
    "of 64 bits": ["<i64>7 / <i64>n", 1],
    "of unsigned numbers": ["<u64>7 % <u64>n", 1],
    "of 8 bits, whatever the others hold": ["<u8>7 / <u8>(n + 256)", 1],
    "of 16 bits": ["<i16>7 % <i16>n", 1],
    "in an assignment": ["m /= n", 1],
  };
  const names = Object.keys(DIVISIONS);
  const START = `  if (text == "00") from.send((`;
  const { wasm } = await compileProgram([
    'import { Connection } from "@cloudramp/room";',
    'let calls: string = "";',
    "function told(value: i32, name: string): i32 { calls += name; return value; }",
    "export function onMessage(from: Connection, text: string): void {",
    "  let m = 7, n = text.length - 2;",
    ...names.map((name, i) => `${START.replace("00", `${i}`.padStart(2, "0"))}${DIVISIONS[name][0]}).toString());`),
    '  if (text == "fractions") from.send((7.0 / <f64>(n - 7)).toString());',
    '  if (text == "four") from.send([7 / n, -7 % n, <i32>(<u8>200 / <u8>n), <i32>(<i64>-7 / n)].join());',
    '  if (text == "once") from.send((told(7, "a") / told(n, "b")).toString() + calls);',
    "}",
  ].join("\n"));
  // Without the source map, as on a server.
  const says = (text) => {
    const ann = new MockRoom(wasm).join("ann");
    ann.send(text);
    return ann.received.join();
  };

  names.forEach((name, i) => test(`${name} says where it is`, () => {
    const place = `assembly/index.ts:${6 + i}:${START.length + DIVISIONS[name][1]}`;
    assert.throws(() => says(`${i}`.padStart(2, "0")), { message: `onMessage: Division by zero (${place})` });
  }));

  test("is the only one that fails: others, and those of fractions, are as ever", () => {
    assert.equal(says("fractions"), "Infinity");
    assert.equal(says("four"), "3,-1,100,-3");
  });

  test("is found when both operands have been computed, each once and in order", () => {
    assert.equal(says("once"), "3ab");
  });

  test("costs nothing where the divisor is known", async () => {
    const isChecked = async (expression) => {
      const { wasm } = await compileProgram(`import { Connection } from "@cloudramp/room";
        export function onMessage(from: Connection, text: string): void { from.send((${expression}).toString()); }`);
      return Buffer.from(wasm).includes(Buffer.from("Division by zero", "utf16le"));
    };
    const expressions = ["text.length / 7", "<i64>text.length % 7", "7 / text.length"];
    assert.deepEqual(await Promise.all(expressions.map(isChecked)), [false, false, true]);
  });
});
