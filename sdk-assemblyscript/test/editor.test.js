/** What an editor underlines that asks TypeScript's server, as editors do: what the build refuses, and nothing else. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { compileProgram } from "../test-support/compile-room.js";

const SDK = fileURLToPath(new URL("..", import.meta.url));
const TSSERVER = path.join(SDK, "node_modules/typescript/lib/tsserver.js");
const EXAMPLES = path.join(SDK, "../examples/guests");

/** Each is one line of `onMessage`, with a part of what it is underlined with. */
const REFUSED = [
  ["from.send('count ' + 5);", /A number does not become a text by itself/],
  ["let all = 'a'; all += text.length; from.send(all);", /A number does not become a text by itself/],
  ["from.send(1 + text);", /A number does not become a text by itself/],
  ["try { from.send(text); } catch (e) { }", /Nothing can be caught/],
  ["text.split('').forEach((each) => { from.send(each); });", /cannot use its variables/],
  ["from?.send(text);", /instead of 'value\?\.call\(\)'/],
  ["from.send(text ?? 'nothing');", /instead of 'a \?\? b'/],
  ["const { id } = from; from.send(id);", /Take the parts one by one/],
  ["const [one] = text.split(''); from.send(one);", /Take the parts one by one/],
  ["const two = [...text.split('')]; from.send(two[0]);", /Write 'a\.concat\(b\)'/],
  ["for (const key in text.split('')) from.send('x');", /or use a Map and its keys/],
  ["if (/a/.test(text)) from.send(text);", /no regular expressions/],
];
const ALLOWED = [
  "from.send('count ' + text + `${text.length}`);",
  "const lengths = text.split('').map<i32>((each) => each.length); from.send((lengths[0] + 1).toString());",
  "let first: string | null = null; if (text == 'a') first = text; from.send('a' + (first !== null ? first : 'b'));",
];

function programWith(line) {
  return `import { Connection } from "@cloudramp/room";\nexport function onMessage(from: Connection, text: string): void {\n  ${line}\n}\n`;
}

describe("an editor", { timeout: 120_000 }, () => {
  let folder;
  let server;
  const waiting = new Map();
  let sent = 0;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "room-editor-"));
    await mkdir(path.join(folder, "node_modules/@cloudramp"), { recursive: true });
    await symlink(SDK, path.join(folder, "node_modules/@cloudramp/room"));
    await symlink(path.join(SDK, "node_modules/assemblyscript"), path.join(folder, "node_modules/assemblyscript"));
    await cp(path.join(SDK, "template/assembly"), path.join(folder, "assembly"), { recursive: true });
    server = spawn(process.execPath, [TSSERVER, "--allowLocalPluginLoads", "--disableAutomaticTypingAcquisition"], { cwd: folder });
    createInterface({ input: server.stdout }).on("line", (line) => {
      if (!line.startsWith("{")) return;
      const { request_seq: number, body } = JSON.parse(line);
      waiting.get(number)?.(body);
    });
  });
  after(async () => {
    server.kill();
    await rm(folder, { recursive: true });
  });

  function tell(command, content) {
    sent += 1;
    server.stdin.write(`${JSON.stringify({ seq: sent, type: "request", command, arguments: content })}\n`);
    return sent;
  }

  /** What is underlined in a text that is typed into a file: from where, and with which words. */
  async function underlined(text) {
    const file = path.join(folder, "assembly/index.ts");
    tell("open", { file, fileContent: text });
    const number = tell("semanticDiagnosticsSync", { file });
    const found = await new Promise((told) => waiting.set(number, told));
    tell("close", { file });
    return found.map(({ start: { line }, text: words }) => ({ line, words }));
  }

  for (const [line, words] of REFUSED) {
    test(`underlines what the build refuses: ${line}`, async () => {
      const program = programWith(line);
      assert.equal((await compileProgram(program)).ok, false);
      const found = await underlined(program);
      assert.ok(found.some((each) => each.line === 3 && words.test(each.words)), JSON.stringify(found));
    });
  }

  for (const line of ALLOWED) {
    test(`underlines nothing that the build takes: ${line}`, async () => {
      const program = programWith(line);
      assert.equal((await compileProgram(program)).report, "");
      assert.deepEqual(await underlined(program), []);
    });
  }

  test("underlines nothing in the rooms that are examples", async () => {
    const rooms = (await readdir(EXAMPLES, { withFileTypes: true })).filter((each) => each.isDirectory());
    let count = 0;
    for (const { name } of rooms) {
      const text = await readFile(path.join(EXAMPLES, name, "assembly/index.ts"), "utf8").catch(() => null);
      if (text === null) continue;
      count += 1;
      assert.deepEqual((await underlined(text)).filter(({ words }) => !/Cannot find module/.test(words)), [], name);
    }
    assert.ok(count >= 3, `${count} examples`);
  });

  test("underlines what is in the template as little as the build", async () => {
    assert.deepEqual(await underlined(await readFile(path.join(SDK, "template/assembly/index.ts"), "utf8")), []);
  });
});
