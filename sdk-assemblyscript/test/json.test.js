/** JSON that somebody has sent never ends the hook, and what is read is what was sent. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileProgram, roomOf } from "../test-support/compile-room.js";

const PROGRAM = `
import { Connection, JsonObject, json } from "@cloudramp/room";
import { Base } from "./base";

class Point extends JsonObject { x: f64 = 0; y: f64 = 0; }
class Node extends JsonObject { next: Node | null = null; }
class Everything extends Base {
  text: string = "none";
  maybe: string | null = "set";
  yes: bool = false;
  i8: i8 = 0; u8: u8 = 0; i16: i16 = 0; u16: u16 = 0; i32: i32 = 0; u32: u32 = 0; i64: i64 = 0; u64: u64 = 0;
  f32: f32 = 0; f64: f64 = 0;
  at: Point | null = null;
  points: Point[] = [];
  rows: Array<Array<i32>> = [];
  names: Array<string | null> = [];
  private secret: string = "kept";
  static shared: i32 = 1;
  reveal(): string { return this.secret; }
}

export function onMessage(from: Connection, text: string): void {
  if (text.startsWith("list ")) {
    const list = json.tryParse<i32[]>(text.substring(5));
    from.send(list.ok ? json.stringify(list.value) : list.error!.message);
  } else if (text.startsWith("short ")) {
    from.send(json.tryParse<Point>(text.substring(6), 10).ok.toString());
  } else if (text == "ring") {
    const node = new Node();
    node.next = node;
    from.send(json.stringify(node));
  } else if (text == "numbers") {
    const point = new Point();
    point.x = NaN;
    point.y = Infinity;
    from.send(json.stringify(point));
  } else {
    const result = json.tryParse<Everything>(text);
    const error = result.error;
    if (error !== null) from.send("! " + error.position.toString() + " " + error.message);
    else if (result.value.reveal() == "kept") from.send(json.stringify(result.value));
  }
}
`;
const BASE = 'import { JsonObject } from "@cloudramp/room";\nexport class Base extends JsonObject { id: i32 = 7; }\n';
const open = await roomOf(PROGRAM, { files: { "assembly/base.ts": BASE } });
const EMPTY = {
  id: 7, text: "none", maybe: "set", yes: false, i8: 0, u8: 0, i16: 0, u16: 0, i32: 0, u32: 0, i64: 0, u64: 0, f32: 0, f64: 0,
  at: null, points: [], rows: [], names: [],
};

/** What the room answers to a text. That it answers at all means that the hook has not failed. */
function answerTo(text) {
  const ann = open().join("ann");
  ann.send(text);
  return ann.received[0];
}

describe("what is well-formed and fits is read as it was sent:", () => {
  for (const fields of [
    {},
    { text: "", maybe: null },
    { text: 'quotes " and \\ and / and \n\r\t\b\f\u0000\u001f', maybe: "äöü 日本 🎉 \u2028" },
    { i8: -128, u8: 255, i16: -32_768, u16: 65_535, i32: -2_147_483_648, u32: 4_294_967_295, yes: true },
    { f64: 1.5e300, f32: 0.5 }, { f64: -0.1 }, { f64: 5e-324 },
    { at: { x: 1, y: -2.5 }, points: [{ x: 1, y: 2 }, { x: 3, y: 4 }], rows: [[], [1, 2], [3]], names: ["a", null, "b"], id: 1 },
  ]) {
    test(JSON.stringify(fields), () => {
      assert.deepEqual(JSON.parse(answerTo(JSON.stringify(fields))), { ...EMPTY, ...fields });
      assert.deepEqual(JSON.parse(answerTo(JSON.stringify(fields, null, "\t"))), { ...EMPTY, ...fields });
    });
  }

  test("the largest whole numbers, digit by digit", () => {
    const text = answerTo('{"i64": -9223372036854775808, "u64": 18446744073709551615}');
    assert.match(text, /"i64":-9223372036854775808,"u64":18446744073709551615/);
  });

  test("whole numbers that are written as fractions, escapes of every kind, and a field that is there twice", () => {
    const read = JSON.parse(answerTo(String.raw`{"i32": 1e3, "u8": 2.0, "i16": -0, "text": "\u0041\u00e9\ud83c\udf89\/\b\f", "yes": false, "yes": true}`));
    assert.deepEqual(read, { ...EMPTY, i32: 1000, u8: 2, text: "Aé🎉/\b\f", yes: true });
  });

  test("whatever else is there is passed over, and is no way to what is private", () => {
    const text = '{"secret": "x", "shared": 9, "__proto__": {"a": [1, {"b": null}]}, "constructor": "x", "toString": -1.5e-7, "": [[], {}], "yes": true}';
    assert.deepEqual(JSON.parse(answerTo(text)), { ...EMPTY, yes: true });
  });

  test("a list", () => {
    assert.equal(answerTo("list [1, -2 ,3]"), "[1,-2,3]");
    assert.equal(answerTo("list []"), "[]");
  });
});

describe("the error says what is wrong, and where:", () => {
  for (const [text, message] of [
    ["hello", "! 0 $: an object is expected, and not 'hello', at character 0"],
    ["", "! 0 $: an object is expected, and not the end, at character 0"],
    ["null", "! 0 $: an object is expected, and not 'null', at character 0"],
    ['{"i32": 4000000000}', "! 8 $.i32: 4000000000 does not fit i32, at character 8"],
    ['{"i8": 128}', "! 7 $.i8: 128 does not fit i8, at character 7"],
    ['{"u8": -1}', "! 7 $.u8: -1 does not fit u8, at character 7"],
    ['{"i64": 9223372036854775808}', "! 8 $.i64: 9223372036854775808 does not fit i64, at character 8"],
    ['{"u64": 18446744073709551616}', "! 8 $.u64: 18446744073709551616 does not fit u64, at character 8"],
    ['{"i64": 1e300}', "! 8 $.i64: 1e300 does not fit i64, at character 8"],
    ['{"f64": 1e999}', "! 8 $.f64: 1e999 does not fit f64, at character 8"],
    ['{"f32": 1e39}', "! 8 $.f32: 1e39 does not fit f32, at character 8"],
    ['{"i32": 1.5}', "! 8 $.i32: 1.5 is no whole number, at character 8"],
    ['{"i32": "1"}', "! 8 $.i32: a number is expected, and not '\"1\"}', at character 8"],
    ['{"i32": null}', "! 8 $.i32: a number is expected, and not 'null}', at character 8"],
    ['{"text": null}', "! 9 $.text: a text is expected, and not 'null}', at character 9"],
    ['{"yes": 1}', "! 8 $.yes: true or false is expected, and not '1}', at character 8"],
    ['{"points": [{"x": 1}, {"x": []}]}', "! 28 $.points[1].x: a number is expected, and not '[]}]}', at character 28"],
    ['{"rows": [[1], [2, 3.5]]}', "! 19 $.rows[1][1]: 3.5 is no whole number, at character 19"],
    ['{"at": []}', "! 7 $.at: an object is expected, and not '[]}', at character 7"],
    ['{"text": "no end', "! 16 $.text: a text has no end, at character 16"],
    ['{"text": "a\nb"}', "! 11 $.text: a text has a control character, which is written as \\u and four digits, at character 11"],
    [String.raw`{"text": "\x"}`, String.raw`! 11 $.text: a text has a '\' before what it cannot stand before, at character 11`],
    ['{"i32": 007}', "! 8 $.i32: a number is expected, and not '007}', at character 8"],
    ['{"i32": 1,}', "! 10 $: a text is expected, and not '}', at character 10"],
    ['{"other": tru}', "! 10 $.other: a value is expected, and not 'tru}', at character 10"],
    ["{} {}", "! 3 $: there is more after the end: '{}', at character 3"],
  ]) {
    test(text, () => {
      assert.equal(answerTo(text), message);
    });
  }

  test("deeper than 32, where somebody asked for it and where nobody did", () => {
    assert.deepEqual(JSON.parse(answerTo(`{"other": ${"[".repeat(31)}${"]".repeat(31)}}`)), EMPTY);
    assert.match(answerTo(`{"other": ${"[".repeat(32)}${"]".repeat(32)}}`), /\$\.other: it is deeper than 32/);
    assert.match(answerTo(`{"other": ${'{"a":'.repeat(10_000)}`), /deeper than 32/);
  });

  test("longer than 65,536 characters, or than the program allows", () => {
    const of = (length) => `{"text": "${"x".repeat(length - 12)}"}`;
    assert.equal(JSON.parse(answerTo(of(65_536))).text.length, 65_524);
    assert.match(answerTo(of(65_537)), /the text has 65537 characters; 65536 are allowed/);
    assert.equal(answerTo('short {"x": 1.50}'), "false");
    assert.equal(answerTo('short {"x": 1.5}'), "true");
  });
});

test("whatever is made of a message by chance is read as JSON.parse reads it, or refused, and never ends the hook", () => {
  const room = open();
  const ann = room.join("ann");
  const message = JSON.stringify({ text: 'a"\\é🎉', i32: -12, f64: 1.5e3, yes: true, at: { x: 1, y: null }, names: ["x", null], rows: [[1], []], more: { z: [1, "q", null] } })
    .replace('"y":null', '"y":0');
  const pieces = ['"', "\\", "{", "}", "[", "]", ",", ":", "-", ".", "e", "0", "9", " ", "\n", "null", "true", "\\u00", "é", "\ud83c"];
  let state = 1;
  const below = (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 16) % bound;
  };
  let accepted = 0;
  for (let round = 0; round < 3_000; ++round) {
    let text = message;
    for (let changes = 1 + below(3); changes > 0; --changes) {
      const at = below(text.length + 1);
      text = text.slice(0, at) + (below(2) ? pieces[below(pieces.length)] : "") + text.slice(at + below(3));
    }
    ann.received.length = 0;
    ann.send(text.toWellFormed());
    const [answer] = ann.received;
    if (answer.startsWith("! ")) continue;
    accepted += 1;
    const expected = JSON.parse(text.toWellFormed()); // it must be JSON
    const read = JSON.parse(answer);
    for (const [name, value] of Object.entries(expected)) {
      if (!(name in EMPTY)) continue;
      if (name === "at") assert.deepEqual({ x: read.at.x, y: read.at.y }, { x: 0, y: 0, ...pick(value, ["x", "y"]) }, text);
      else if (typeof value !== "number") assert.deepEqual(read[name], value, text);
      else if (Number.isSafeInteger(value)) assert.equal(read[name] + 0, value + 0, text); // and -0 is 0
      else assert.ok(Math.abs(read[name] - value) <= Math.abs(value) * 1e-15, text);
    }
  }
  assert.ok(accepted > 100, `${accepted} were accepted`);
});

function pick(value, names) {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([name]) => names.includes(name)));
}

test("what is no number is written as null, and what contains itself ends the hook with words", () => {
  assert.equal(answerTo("numbers"), '{"x":null,"y":null}');
  assert.throws(() => open().join("ann").send("ring"), /json\.stringify: deeper than 32; does something contain itself\?/);
});

test("a class room reads and writes 5,000 messages in its memory", async () => {
  const openClass = await roomOf(`
    import { Connection, JsonObject, Room, json } from "@cloudramp/room";
    class Line extends JsonObject { who: string = ""; words: string[] = []; }
    export class Pad extends Room {
      private lines: Line[] = [];
      onMessage(from: Connection, text: string): void {
        const line = json.tryParse<Line>(text);
        if (!line.ok) return;
        this.lines.push(line.value);
        if (this.lines.length > 50) this.lines.shift();
        from.send(json.stringify(this.lines));
      }
    }`);
  const ann = openClass().join("ann");
  for (let i = 0; i < 5_000; ++i) {
    ann.send(JSON.stringify({ who: `user ${i}`, words: ["a".repeat(100), `${i}`] }));
    ann.received.splice(0, ann.received.length - 1);
  }
  const lines = JSON.parse(ann.received[0]);
  assert.equal(lines.length, 50);
  assert.deepEqual(lines[49], { who: "user 4999", words: ["a".repeat(100), "4999"] });
});

test("a program may call its own functions and classes what it likes", async () => {
  const openRoom = await roomOf(`
    import { Connection, JsonObject as Sendable, json as JSON } from "@cloudramp/room";
    function load(): i32 { return 1; }
    function store(): i32 { return load() + 1; }
    class JsonReader {}
    class JsonObject {}
    class Bid extends Sendable { reader: i32 = store(); name: string = "x"; writer: bool = true; }
    export function onMessage(from: Connection, text: string): void { from.send(JSON.stringify(JSON.tryParse<Bid>(text).value)); }
  `);
  const ann = openRoom().join("ann");
  ann.send('{"name": "y", "writer": false}');
  assert.deepEqual(ann.received, ['{"reader":2,"name":"y","writer":false}']);
});

test("a value without an error, and an error's value, end the hook as they do elsewhere", async () => {
  const openRoom = await roomOf(`
    import { Connection, json } from "@cloudramp/room";
    export function onMessage(from: Connection, text: string): void { from.send(json.tryParse<i32>(text).value.toString()); }
  `);
  assert.throws(() => openRoom().join("ann").send("x"), /\$: a number is expected, and not 'x'.*\(assembly\/index\.ts:3:/);
});

test("a type that has no JSON is refused at build time", async () => {
  const { ok, report } = await compileProgram(`
    import { Connection, JsonObject, json } from "@cloudramp/room";
    class Bag extends JsonObject { items: Map<string, i32> = new Map(); }
    export function onMessage(from: Connection, text: string): void { json.tryParse<Bag>(text); }
  `);
  assert.equal(ok, false);
  assert.match(report, /'items' of 'Bag' is of type 'Map<string, i32>', which JSON objects of a room cannot have/);
});
