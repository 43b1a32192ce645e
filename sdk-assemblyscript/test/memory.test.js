/** What rooms do with text fits into the memory that a server gives them, and a room that wants more is told so. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import binaryen from "binaryen";
import { compileProgram, roomOf } from "../test-support/compile-room.js";
import { MockRoom } from "../testing/index.js";

const IMPORTS = 'import { Connection, Room, StringBuilder, room } from "@cloudramp/room";\n';
const inHook = (body) => `${IMPORTS}export function onMessage(from: Connection, text: string): void {\n${body}\n}`;
const IDS = 'const ids = new Array<string>(); for (let i = 0; i < 600; i++) ids.push("connection-" + i.toString());';

async function answerOf(program, message = "hello") {
  const ann = (await roomOf(program))().join("ann");
  ann.send(message);
  return ann.received.at(-1);
}

describe("there is memory enough to", () => {
  test("join 600 ids", async () => {
    assert.equal((await answerOf(inHook(`${IDS} from.send(ids.join(","));`))).length, 600 * 15 - 110 - 1);
  });

  test("join 4,000 strings and numbers", async () => {
    const program = inHook(`
      const texts = new Array<string>(), numbers = new Array<i32>();
      for (let i = 0; i < 4_000; i++) { texts.push("0123456789"); numbers.push(7); }
      from.send((texts.join("").length + numbers.join(",").length).toString());`);
    assert.equal(await answerOf(program), String(40_000 + 7_999));
  });

  test("build a text of a quarter of a million characters", async () => {
    const program = inHook(`
      const all = new StringBuilder();
      for (let i = 0; i < 25_000; i++) all.append("0123456789");
      from.send(all.toString());`);
    assert.equal(await answerOf(program), "0123456789".repeat(25_000));
  });

  for (const [how, show] of [
    ["joins", 'room.broadcast(this.lines.join("\\n"));'],
    ["builds", 'const all = new StringBuilder(); for (let i = 0; i < this.lines.length; i++) all.append(this.lines[i]).append("\\n"); ' +
      "room.broadcast(all.toString());"],
  ]) {
    test(`keep the last 200 lines of 300 characters in a class that ${how} them, for 4,000 messages`, async () => {
      const open = await roomOf(`${IMPORTS}
        export class Pad extends Room {
          private lines: string[] = [];
          onMessage(from: Connection, text: string): void {
            this.lines.push(text);
            if (this.lines.length > 200) this.lines.shift();
            ${show}
          }
        }`);
      const ann = open().join("ann");
      for (let i = 0; i < 4_000; ++i) {
        ann.send(String(i).padEnd(300, "x"));
        ann.received.splice(0, ann.received.length - 1);
      }
      assert.equal(ann.received[0].trimEnd().split("\n").length, 200);
      assert.ok(ann.received[0].trimEnd().endsWith("3999".padEnd(300, "x")));
    });
  }

  test("add 1,000 texts to each other in a class, which frees what a hook has thrown away while it runs", async () => {
    const { report, wasm } = await compileProgram(`${IMPORTS}
      export class Sum extends Room {
        onMessage(from: Connection, text: string): void {
          let all = "";
          for (let i = 0; i < 1_000; i++) all += text;
          from.send(all.length.toString());
        }
      }`);
    assert.match(report, /^WARNING/);
    const ann = new MockRoom(wasm).join("ann");
    for (let i = 0; i < 5; ++i) ann.send("x".repeat(100));
    assert.deepEqual(ann.received, Array(5).fill("100000"));
  });
});

describe("a hook for which there is not memory enough fails with 'out of memory'", () => {
  const hoard = 'const list = new Array<string>(); while (true) list.push("x".repeat(100_000));';
  const programs = {
    "in a program of functions": inHook(`\n  ${hoard}`),
    "in a class": `${IMPORTS}export class A extends Room { onMessage(from: Connection, text: string): void {\n\n  ${hoard}\n} }`,
  };
  for (const [where, program] of Object.entries(programs)) {
    test(`${where}, at the line that asked for it, with and without a source map`, async () => {
      const open = await roomOf(program);
      for (const options of [{}, { sourceMap: undefined }]) {
        const ann = open(options).join("ann");
        assert.throws(() => ann.send("hello"), /^HookFailure: onMessage: out of memory: .*limits\.memoryPages.* \(assembly\/index\.ts:4:6\d\)$/);
      }
    });
  }

  test("in another language by the fact that its memory is full", async () => {
    const wasm = binaryen.parseText(`(module (memory (export "memory") 1) (data (i32.const 16) "\\80\\00\\00\\00\\e8\\03\\00\\00")
      (func (export "sandbox_abi_1") (result i32) i32.const 16)
      (func (export "onJoin")
        (drop (memory.grow (i32.const 255)))
        (if (i32.lt_s (memory.grow (i32.const 1)) (i32.const 0)) (then unreachable))))`).emitBinary();
    assert.throws(() => new MockRoom(wasm).join("ann"), /has all of the 256 pages/);
  });

  test("and a module that begins with more is not loaded", async () => {
    const { wasm } = await compileProgram(inHook("from.send(text);"), { compilerOptions: ["--initialMemory", "257"] });
    assert.throws(() => new MockRoom(wasm), /starts with 257 pages of memory; a host allows 256/);
  });
});

describe("the build warns of a loop in which a text grows", () => {
  async function warnings(body) {
    const { ok, report } = await compileProgram(`${IMPORTS}class Game { text: string = ""; n: i32 = 0; }\n` +
      `export function onMessage(from: Connection, text: string): void {\nlet all = "", n = 0; const game = new Game();\n${body}\n` +
      "from.send(all + game.text + n.toString() + game.n.toString()); }");
    assert.equal(ok, true, report);
    return [...report.matchAll(/WARNING AS102: Each round of this loop copies all of '(.*?)'.*StringBuilder/g)].map(([, name]) => name);
  }

  for (const [body, ...names] of [
    ["for (let i = 0; i < 3; i++) all += text;", "all"],
    ["for (let i = 0; i < 3; i++) all = all + text + 'x';", "all"],
    ["for (let i = 0; i < 3; i++) all = text + all;", "all"],
    ["while (n++ < 3) all = `${all}${text}`;", "all"],
    ["for (let i = 0; i < 3; i++) all = all.concat(text).concat('x');", "all"],
    ["do { all = `${all}x`; } while (n++ < 3);", "all"],
    ["while (n++ < 3) { all = `${text}: ${all} x`; game.text += text; }", "all", "game.text"],
    ["for (let i = 0; i < 3; i++) { let line = ''; for (let j = 0; j < 3; j++) line += text; }", "line"],
    ["for (let i = 0, line = ''; i < 3; i++) line += text;", "line"],
  ]) {
    test(body, async () => assert.deepEqual(await warnings(body), names));
  }

  for (const body of [
    "all += text;",
    "for (let i = 0; i < 3; i++) { n += (text + 'a').length; game.n += i; }",
    "for (let i = 0; i < 3; i++) { let line = 'a'; line += text; line = line + 'b'; }",
    "for (let i = 0; i < 3; i++) all = text + 'x';",
    "for (let i = 0; i < 3; i++) all = text.concat('x');",
    "let list = [n]; for (let i = 0; i < 3; i++) list = list.concat([i]);",
    "for (let i = 0; i < 3; i++) { const b = new StringBuilder(); b.append(text); }",
  ]) {
    test(`but not of: ${body}`, async () => assert.deepEqual(await warnings(body), []));
  }
});

test("a StringBuilder joins what was appended, of any length, and begins anew when it is cleared", async () => {
  const program = inHook(`
    const all = new StringBuilder();
    const lengths = [0, 1, 31, 32, 33, 64, 500];
    const parts: string[] = [];
    for (let i = 0; i < lengths.length; i++) {
      all.append("é".repeat(lengths[i])).append("").append(i.toString());
      parts.push("é".repeat(lengths[i]) + i.toString());
      const expected = parts.join("");
      assert(all.toString() == expected && all.length == expected.length);
    }
    all.clear();
    from.send(all.toString() + "|" + all.append(text).toString() + "|" + all.length.toString());`);
  assert.equal(await answerOf(program), "|hello|5");
});
