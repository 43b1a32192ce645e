import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { compileProgram } from "../test-support/compile-room.js";

const IMPORTS = 'import { Connection, HookError, Message, Room, kv, log, room } from "@cloudramp/room";\n';
const HOOK = "export function onMessage(from: Connection, text: string): void {}\n";
const inHook = (body) => `export function onMessage(from: Connection, text: string): void {\n${body}\n}`;

async function reportOn(program) {
  const { ok, report } = await compileProgram(IMPORTS + program, { files: { "assembly/other.ts": HOOK } });
  assert.equal(ok, false, "it compiles");
  return report;
}

/** Each program, and what its report must say: what is wrong, where, and what to write instead. */
const WRONG_PROGRAMS = {
  "a hook with a parameter of the wrong type":
    ["export function onJoin(who: string): void {}",
      /'who' of 'onJoin' is of type 'string'; it must be 'Connection'\. Write 'onJoin\(who: Connection\): void'/, /index\.ts\(2,24\)/],
  "a message of a type that no message has":
    ["export function onMessage(from: Connection, text: i32): void {}", /it must be 'string', 'ArrayBuffer' or 'Message'/],
  "a parameter that may be null":
    ["export function onJoin(who: Connection | null): void {}", /'Connection \| null'; it must be 'Connection'/],
  "a start hook of functions, which no host calls":
    ["export function onStart(): void {}\n" + HOOK, /the host never calls 'onStart'\. Write the room as 'export class … extends Room'/],
  "a hook with too many parameters":
    ["export function onJoin(who: Connection, name: string): void {}", /'onJoin' takes one parameter/],
  "a start hook with another parameter":
    ["export class A extends Room { onStart(time: i64): void {} }",
      /'time' of 'onStart' is of type 'i64'; it must be 'bool' or 'boolean'\. Write 'onStart\(\): void'/],
  "a start hook with too many parameters":
    ["export class A extends Room { onStart(woke: bool, time: i64): void {} }", /'onStart' takes one parameter/],
  "a hook that returns what is not expected":
    ["export function onMessage(from: Connection, text: string): string { return text; }",
      /returns 'string'; it must be 'void'/],
  "a message hook that returns bool":
    ["export function onMessage(from: Connection, text: string): bool { return true; }", /it must be 'void'/],
  "a hook that does not say what it returns":
    ["export function onJoin(who: Connection) {}", /Advice: Every parameter and every function has a type/],
  "a hook whose parameter has no type":
    ["export function onMessage(from, text): void {}", /'from' of 'onMessage' has no type; it must be 'Connection'/],
  "a function whose parameter has no type":
    ["function add(a, b) { return a + b; }\n" + HOOK, /Advice: Every parameter and every function has a type/],
  "a generic hook":
    ["export function onJoin<T>(who: Connection): void {}", /cannot call the generic hook 'onJoin'/],
  "a hook that is not exported":
    ["function onJoin(who: Connection): void {}\n" + HOOK, /The host cannot see 'onJoin'\. Write 'export function onJoin…'/],
  "a hook written as a variable":
    ["export const onJoin = (who: Connection): void => {};\n", /Write the hook as 'export function onJoin\(who: Connection\): void/],
  "a hook that another file declares":
    ['export { onMessage } from "./other";\n', /Write the hook as 'export function onMessage\(from: Connection/],
  "a hook by the name it has elsewhere":
    ["export function onConnect(who: Connection): void {}\n" + HOOK, /The host calls no 'onConnect'\. Write 'onJoin\(who: Connection\): void'/],
  "a hook in other letters":
    ["export function onmessage(from: Connection, text: string): void {}", /The host calls no 'onmessage'\. Write 'onMessage/],
  "a program without hooks":
    ["export function add(a: i32, b: i32): i32 { return a + b; }", /This file has no hook.*The hooks are onStart, onJoin, onMessage, onLeave, onTimer, onRequest, onError/],
  "a room class without hooks":
    ["export class Chat extends Room { say(): void {} }", /The room class 'Chat' has no hook/],
  "two rooms in one file":
    ["export class A extends Room { onJoin(who: Connection): void {} }\nexport class B extends Room { onJoin(who: Connection): void {} }",
      /One file is one room: 'A' is one already\. Move 'B'/, /index\.ts\(3,/],
  "a function hook beside a room class":
    ["export class A extends Room { onJoin(who: Connection): void {} }\n" + HOOK, /'onMessage' stands beside the room class 'A'\. Make it a method/],
  "a static hook":
    ["export class A extends Room { static onJoin(who: Connection): void {} }", /Write it without 'static'/],
  "a room class whose constructor wants something":
    ["export class A extends Room { constructor(size: i32) { super(); } onJoin(who: Connection): void {} }",
      /The host makes the room without arguments/],
  "a room class that is abstract":
    ["export abstract class A extends Room { onJoin(who: Connection): void {} }", /The host cannot make the abstract class 'A'/],
  "a room class with a type parameter":
    ["export class A<T> extends Room { onJoin(who: Connection): void {} }", /The host cannot make the generic class 'A'/],
  "a closure": [inHook("[1].forEach((n) => { log.info(text); });"), /Advice: A function inside a function/],
  "a union": [inHook("let x: string | i32 = text;"), /Advice: A type is one type/],
  "a union of both kinds of message":
    ["export function onMessage(from: Connection, text: string | ArrayBuffer): void {}", /message: Message/],
  "undefined": [inHook("let x: string | undefined = text;"), /Advice: There is no 'undefined'/],
  "a union of strings": ["type Color = 'red' | 'green';\n" + HOOK, /Advice: Write an enum/],
  "any": [inHook("let x: any = text;"), /Advice: Name the type/],
  "try and catch": [inHook("try { room.broadcast(text); } catch (error) {}"), /Advice: Nothing can be caught/],
  "for of": [inHook("for (const user of room.connections()) user.send(text);"), /Advice: Write 'for \(let i = 0/],
  "async": ["export async function onMessage(from: Connection, text: string): Promise<void> {}", /Advice: Hooks do not wait/],
  "await": [inHook("await kv.get(text);"), /Advice: Hooks do not wait/],
  "destructuring": [inHook("const { id } = from;"), /Advice: Take the parts one by one/],
  "optional chaining": [inHook("from?.send(text);"), /Advice: Write 'if \(value\)/],
  "the nullish operator": [inHook("from.send(kv.get(text) ?? text);"), /Advice: Write 'a !== null \? a : b'/],
  "an object without a class": [inHook("const point = { x: 1 };"), /Advice: Write a class/],
  "spread": [inHook("const a = [1]; const b = [...a];"), /Advice: Write 'a\.concat\(b\)'/],
  "a regular expression": [inHook("const r = /a/;"), /Advice: Use indexOf/],
  "a regular expression by its class":
    [inHook("\n  const r = new RegExp('a'); from.send(r.toString());"), /There are no regular expressions\. Use indexOf/, /index\.ts\(4,13\)/],
  "the time of now": [inHook("const d = new Date(); from.send(d.toString());"), /Advice: Write 'new Date\(room\.now\)'/],
  "a number added to a text": [inHook("from.send('count ' + 5);"), /Advice: A number does not become a text by itself\. Write `count \$\{value\}`/],
  "a text added to a number": [inHook("const n = 5; from.send(n + ' points');"), /Advice: A number does not become a text by itself/],
  "a number where a text is expected": [inHook("from.send(5);"), /Advice: A number does not become a text by itself/],
  "a generator": ["function* all(): i32 { yield 1; }\n" + HOOK, /Advice: There are no generators/],
  "JSON": [inHook("JSON.parse(text);"), /Advice: Import 'json' and 'JsonObject' from @cloudramp\/room/],
  "a timer": [inHook("setTimeout(() => {}, 100);"), /Advice: A room is called when a timer is due/],
  "the network": [inHook("fetch(text);"), /Advice: A room reaches only what its host offers/],
  "a value that may be null": [inHook("const a: string | null = kv.get(text); from.send(a);"), /Advice: It may be null here/],
  "a field that may be null":
    ["class Game { best: string | null = null; }\nconst game = new Game();\n" +
      inHook("if (game.best !== null) from.send(game.best);"), /Advice: It may be null here, and a field may have changed/],
  "a field without a type": ["class Game { count = 1; }\n" + HOOK, /Advice: Every field has a type/],
  "a number of a string by its class": [inHook("from.send(Number(text).toString());"), /Advice: Write 'i32\.parse\(text\)'/],
  "a string of a number by its class": [inHook("from.send(String(1));"), /Advice: Write 'value\.toString\(\)'/],
  "a map that does not say what it gives":
    [inHook("const ids = room.connections().map((user) => user.id); from.send(ids.join());"), /Advice: Say what it gives: 'list\.map<string>/],
  "a view where a buffer is expected": [inHook("from.sendBytes(new Uint8Array(3));"), /Advice: Write 'bytes\.buffer'/],
  "the console": [inHook("console.log(text);"), /A room has no 'console\.log'\. Write 'log\.info\(text\)' instead/, /index\.ts\(3,1\)/],
  "the clock": [inHook("from.send(Date.now().toString());"), /A room has no 'Date\.now'\. Write 'room\.now' instead/],
  "the process": [inHook("process.exit(1);"), /A room has no 'process\.exit'\./],
  "an import that takes values":
    ['@external("plugin", "add") declare function add(a: i32): void;\n' + inHook("add(1);"), /The import 'plugin\.add' takes or returns values/],
  "a module of Node": ['import fs from "fs";\n' + HOOK, /Advice: Only packages written in AssemblyScript/],
};

describe("the report says what is wrong and what to write instead, for", () => {
  for (const [name, [program, ...expected]] of Object.entries(WRONG_PROGRAMS)) {
    test(name, async () => {
      const report = await reportOn(program);
      for (const pattern of expected) assert.match(report, pattern);
    });
  }
});

test("types are named as the programmer knows them", async () => {
  assert.match(await reportOn(inHook("from.sned(text);")), /'sned' does not exist on type 'Connection'/);
  assert.match(await reportOn("class Game {}\n" + inHook("const game: Game = from;")), /'Connection' is not assignable to type 'Game'/);
  const { report } = await compileProgram('import { A } from "./Board";\n' + HOOK, { files: { "assembly/Board.ts": "const a: i32 = '';\nexport class A {}" } });
  assert.match(report, /in assembly\/Board\.ts\(/);
});

describe("a program of functions is warned that", () => {
  const warned = async (program) => {
    const { ok, report } = await compileProgram(IMPORTS + program);
    assert.equal(ok, true, report);
    return report;
  };

  test("a variable starts anew in every hook", async () => {
    const report = await warned("let count = 0;\n" + inHook("count++; from.send(count.toString());"));
    assert.match(report, /WARNING.*'count' is back to its first value in every hook/);
    assert.match(report, /index\.ts\(2,5\)/);
  });

  test("a collection that starts empty stays empty", async () => {
    assert.match(await warned("const seen = new Map<string, i32>();\n" + inHook("seen.set(text, 1);")), /'seen' is empty again in every hook/);
  });

  test("but not of constants, and not in a class", async () => {
    assert.equal(await warned("const words: string[] = ['a', 'b'];\n" + inHook("from.send(words[0]);")), "");
    assert.equal(await warned("let made = 0;\nexport class A extends Room { onJoin(who: Connection): void { made++; } }"), "");
  });
});

test("a file that is not there is named", async () => {
  const { ok, report } = await compileProgram("", { entry: "assembly/missing.ts" });
  assert.equal(ok, false);
  assert.match(report, /There is no file 'assembly\/missing\.ts'/);
});

test("what the programmer calls the SDK's types does not matter", async () => {
  const { ok, report } = await compileProgram(`
    import { Connection as Player, Room as Base } from "@cloudramp/room";
    import * as sdk from "@cloudramp/room";
    export class Game extends Base {
      onJoin(who: Player): boolean { return who.id != ""; }
      onMessage(from: sdk.Connection, message: sdk.Message): void {}
    }
  `);
  assert.equal(report, "");
  assert.equal(ok, true);
});

describe("a function named like one of AssemblyScript's", async () => {
  const program = 'import { Connection } from "@cloudramp/room";\nfunction load(): i32 { return 1; }\n' +
    "export function onMessage(from: Connection, text: string): void { from.send(load().toString()); }\n";
  const directory = await mkdtemp(path.join(tmpdir(), "room-clash-"));
  const calls = '"function made(at: usize): u32 { " + "load<u8>(at);".repeat(50) + " return load<u32>(at); }\\nmade(0);"';
  await writeFile(path.join(directory, "writes-code.mjs"), `
    import { Parser } from ${JSON.stringify(import.meta.resolve("assemblyscript"))};
    export default class {
      afterParse(parser) {
        const source = parser.sources.find((each) => each.normalizedPath === "assembly/index.ts");
        const own = new Parser();
        own.parseFile(${calls}, source.normalizedPath, false);
        source.statements.push(...own.sources[0].statements);
      }
    }`);
  const asconfig = JSON.stringify({ options: { transform: ["./writes-code.mjs"] } });
  after(() => rm(directory, { recursive: true }));

  test("is all that is named when code that a transform has written calls it, and not the fifty errors there", async () => {
    const { ok, report, problems } = await compileProgram(program, { directory, files: { "asconfig.json": asconfig } });
    assert.equal(ok, false);
    assert.match(report, /^ERROR: 'load' is the name of a function of AssemblyScript's as well, and the code that \.\/writes-code\.mjs writes may call yours/);
    assert.match(report, /└─ in assembly\/index\.ts\(2,10\)/);
    assert.equal(report.split("\n").filter((line) => line !== "").length, 2, report);
    assert.deepEqual(problems, [{
      severity: "error", message: "'load' is the name of a function of AssemblyScript's as well", advice: "Give yours another name.",
      file: "assembly/index.ts", from: program.indexOf("load"), to: program.indexOf("load") + 4,
    }]);
  });

  test("hides no error of the programmer's own", async () => {
    const wrong = program.replace("return 1;", 'return "one";');
    const { report } = await compileProgram(wrong, { directory, files: { "asconfig.json": asconfig } });
    assert.match(report, /^ERROR: 'load' is the name/);
    assert.match(report, /not assignable to type 'i32'/);
    assert.doesNotMatch(report, /is not generic/);
  });

  test("is none of anybody's business otherwise", async () => {
    assert.equal((await compileProgram(program)).report, "");
  });
});
