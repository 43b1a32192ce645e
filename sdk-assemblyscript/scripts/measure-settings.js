/**
 * What the compiler's settings cost: `node scripts/measure-settings.js`. For each runtime, and for the library's larger and
 * smaller code, of rooms that do much with text: the module's bytes, what a hook takes in Node, and to how many pages of
 * 64 KiB memory grows, or the message that fails. docs/rationale.md draws on it.
 */
import { fileURLToPath } from "node:url";
import { compile } from "../compiler/compile.js";
import { HookFailure, MockRoom } from "../testing/index.js";

const SMALL_LIBRARY = fileURLToPath(new URL("small-library.js", import.meta.url));
const SDK = 'import { Connection, Room, room } from "@cloudramp/room";\n';
const ids = (count, body) => `
  export function onMessage(from: Connection, text: string): void {
    const ids = new Array<string>();
    for (let i = 0; i < ${count}; i++) ids.push("connection-" + i.toString());
    ${body}
    from.send(memory.size().toString());
  }`;
const pad = (show) => `
  export class Pad extends Room {
    private lines: string[] = [];
    onMessage(from: Connection, text: string): void {
      this.lines.push(text + "x".repeat(298));
      if (this.lines.length > 200) this.lines.shift();
      ${show}
      from.send(memory.size().toString());
    }
  }`;

const ROOMS = {
  "chat": ["export function onMessage(from: Connection, text: string): void { room.broadcast(`${from.id}: ${text}`); }", 5_000],
  "join of 600 ids": [ids(600, 'room.broadcast(ids.join(","));'), 20],
  "join of 4,000 ids": [ids(4_000, 'room.broadcast(ids.join(""));'), 5],
  "600 ids, appended": [ids(600, 'let all = ""; for (let i = 0; i < ids.length; i++) all += ids[i] + ","; room.broadcast(all);'), 20],
  "class: chat": [`export class Chat extends Room {
    private last: string = "";
    onMessage(from: Connection, text: string): void { this.last = text; room.broadcast(\`\${from.id}: \${text}\`); } }`, 5_000],
  "class: 200 lines, joined": [pad('room.broadcast(this.lines.join("\\n"));'), 1_000],
  "class: 200 lines, appended": [pad('let all = ""; for (let i = 0; i < this.lines.length; i++) all += this.lines[i] + "\\n"; room.broadcast(all);'), 1_000],
  "class: 10,000 objects kept": [`class Point { constructor(public x: i32, public name: string) {} }
  export class Many extends Room {
    private points: Map<i32, Point> = new Map();
    onMessage(from: Connection, text: string): void {
      if (this.points.size == 0) for (let i = 0; i < 10_000; i++) this.points.set(i, new Point(i, i.toString()));
      this.points.set(text.length, new Point(1, text));
      from.send(memory.size().toString());
    } }`, 1_000],
};

for (const [name, [program, messages]] of Object.entries(ROOMS)) {
  console.log(`\n${name}, ${messages.toLocaleString("en")} messages`);
  const runtimes = program.includes("extends Room") ? ["minimal", "incremental"] : ["stub", "minimal", "incremental"];
  for (const runtime of runtimes) {
    for (const [library, options] of [["fast", {}], ["small", { transform: [SMALL_LIBRARY] }]]) {
      const { ok, report, wasm } = await compile({
        directory: "/",
        name: "room",
        files: { "assembly/index.ts": SDK + program, "asconfig.json": JSON.stringify({ options }) },
        compilerOptions: ["--runtime", runtime],
      });
      if (!ok) throw new Error(report);
      console.log(`  ${runtime.padEnd(12)} ${library.padEnd(6)} library ${String(wasm.length).padStart(6)} bytes ${run(wasm, messages)}`);
    }
  }
}

/** Sends the messages, and says what a hook took and what became of memory. */
function run(wasm, messages) {
  const ann = new MockRoom(wasm).join("ann");
  let began = performance.now();
  for (let i = 0; i < messages; ++i) {
    if (i === messages >> 1) began = performance.now();
    try {
      ann.send("hi");
    } catch (failure) {
      if (!(failure instanceof HookFailure)) throw failure;
      return `fails at message ${i + 1}: ${failure.message}`;
    }
  }
  const micros = ((performance.now() - began) * 1000) / (messages - (messages >> 1));
  return `${micros.toFixed(1).padStart(7)} µs a hook, ${/^\d+$/.test(ann.received.at(-1)) ? ann.received.at(-1) : "-"} pages`;
}
