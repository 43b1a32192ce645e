import assert from "node:assert/strict";
import { test } from "node:test";
import { compileProgram } from "../test-support/compile-room.js";

const CHAT = `
  import { Connection, room } from "@cloudramp/room";
  export function onJoin(who: Connection): void { room.broadcast(\`\${who.id} joined\`); }
  export function onMessage(from: Connection, text: string): void { room.broadcast(\`\${from.id}: \${text}\`); }
  export function onLeave(who: Connection): void { room.broadcast(\`\${who.id} left\`); }
`;

test("the same source gives the same bytes", async () => {
  const [first, second] = [await compileProgram(CHAT), await compileProgram(CHAT)];
  assert.deepEqual(first.wasm, second.wasm);
});

test("programs that are compiled at once do not get into each other's way", async () => {
  const IMPORTS = 'import { Connection, Room } from "@cloudramp/room";\n';
  const roomClass = `${IMPORTS}export class A extends Room { onJoin(who: Connection): void { who.send("a"); } }`;
  const [first, second, third] = await Promise.all([compileProgram(CHAT), compileProgram(roomClass), compileProgram("")]);
  assert.deepEqual(first.wasm, (await compileProgram(CHAT)).wasm);
  assert.deepEqual(second.wasm, (await compileProgram(roomClass)).wasm);
  assert.match(third.report, /This file has no hook/);
});

test("a chat is under 4 KiB beside its names, exports what the ABI asks for, and imports what it uses", async () => {
  const { wasm, path } = await compileProgram(CHAT);
  const module = new WebAssembly.Module(wasm);
  const [functionNames] = WebAssembly.Module.customSections(module, "name");
  const names = (items) => items.map(({ module: provider, name }) => (provider ? `${provider}.${name}` : name)).sort();
  assert.equal(path, "build/room.wasm");
  assert.ok(wasm.length - functionNames.byteLength < 4_096, `${wasm.length} bytes`);
  assert.deepEqual(names(WebAssembly.Module.imports(module)), ["room.broadcast", "sandbox.abort", "sandbox.result"]);
  assert.deepEqual(names(WebAssembly.Module.exports(module)), [
    "_initialize", "memory", "onJoin", "onLeave", "onMessage", "sandbox_abi_1", "sandbox_place", "sandbox_reserve", "sandbox_text_only",
  ]);
});

test("functions keep their names, which change no code, unless asconfig.json says otherwise", async () => {
  const { wasm } = await compileProgram(CHAT);
  const { wasm: bare } = await compileProgram(CHAT, { files: { "asconfig.json": '{"options": {"debug": false}}' } });
  const [named] = WebAssembly.Module.customSections(new WebAssembly.Module(wasm), "name");
  assert.match(Buffer.from(named).toString("latin1"), /sandbox-room\/onMessage/);
  assert.deepEqual(WebAssembly.Module.customSections(new WebAssembly.Module(bare), "name"), []);
  const [code, bareCode] = [wasm, bare].map((module) => sectionOf(module, 10));
  assert.deepEqual(code, bareCode);
});

test("a function with a loop stays one of its own, so that a host can name it and its line", async () => {
  const { wasm } = await compileProgram(`import { Connection } from "@cloudramp/room";
class Board {
  cells: i32[] = [1];
  settle(): void { while (this.cells[0] > 0) this.cells[0]++; }
}
function sum(n: i32): i32 { let all = 0; for (let i = 0; i < n; i++) all += i * i; return all; }
function last(n: i32): i32 { do { n = n % 7 + 1; } while (n > 3); return n; }
function plain(n: i32): i32 { return n + 41; }
export function onMessage(from: Connection, text: string): void {
  if (text == "settle") new Board().settle();
  from.send((sum(text.length) + last(text.length) + plain(text.length)).toString());
}`);
  const [named] = WebAssembly.Module.customSections(new WebAssembly.Module(wasm), "name");
  const names = Buffer.from(named).toString("latin1");
  for (const name of ["Board#settle (from line 4)", "sum (from line 6)", "last (from line 7)"]) {
    assert.ok(names.includes(`assembly/index/${name}`), name);
  }
  assert.doesNotMatch(names, /assembly\/index\/plain|sandbox-room\/\w+ \(/);
});

/** The content of the section with this id. */
function sectionOf(wasm, wanted) {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < wasm.length) {
    const id = wasm[at++];
    const length = number();
    if (id === wanted) return wasm.subarray(at, at + length);
    at += length;
  }
  return null;
}

test("a module starts with one page of memory and without a start section", async () => {
  const { wasm } = await compileProgram(CHAT);
  let started = false;
  const imports = new Proxy({}, { get: () => new Proxy({}, { get: () => () => { started = true; } }) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), imports);
  exports._initialize();
  assert.equal(exports.memory.buffer.byteLength, 65_536);
  assert.equal(started, false);
});

test("a project's asconfig.json decides where it says something", async () => {
  const { path, outputs } = await compileProgram(CHAT, {
    files: {
      "asconfig.json": '{"extends": "./base.json", "options": {"textFile": "out/room.wat"}}',
      "base.json": '{"targets": {"release": {"outFile": "out/custom.wasm"}}, "options": {"optimizeLevel": 0}}',
    },
  });
  assert.equal(path, "out/custom.wasm");
  assert.deepEqual(outputs.map(({ file }) => file).sort(), ["out/custom.wasm", "out/custom.wasm.map", "out/room.wat"]);
});
