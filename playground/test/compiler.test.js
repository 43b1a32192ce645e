/** The compiler of the page, run in Node as the worker that it is in a browser, beside the one of the command line. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compile } from "../../sdk-assemblyscript/compiler/compile.js";
import { examplesIn } from "../bundler/examples.js";

const GUESTS = fileURLToPath(new URL("../../examples/guests", import.meta.url));
const PAGES = fileURLToPath(new URL("../target/classes/pages/playground", import.meta.url));

const examples = new Map((await examplesIn(GUESTS)).map((example) => [example.name, example]));
const page = await worker();

async function worker() {
  const answers = new Map();
  let receive;
  const ready = new Promise((resolve) => {
    globalThis.addEventListener = (type, listener) => {
      receive = listener;
    };
    globalThis.postMessage = (message) => (message.ready ? resolve() : answers.get(message.id)(message));
  });
  // What the compiler's libraries look at to see whether this is Node.
  process.type = "renderer";
  globalThis.WorkerGlobalScope = class {};
  const [script] = (await readdir(PAGES)).filter((name) => /^compiler-.*\.js$/.test(name));
  await import(pathToFileURL(path.join(PAGES, script)));
  await ready;
  let id = 0;
  return (files, quick = false) => new Promise((resolve) => {
    answers.set(++id, resolve);
    receive({ data: { id, files, quick } });
  });
}

for (const name of ["chat", "tic-tac-toe", "auction"]) {
  test(`what the page publishes of ${name} is what the command line would, byte by byte`, async () => {
    const there = await compile({ directory: path.join(GUESTS, name), name: "room" });

    const here = await page(examples.get(name).files);

    assert.equal(here.report, there.report);
    assert.equal(here.ok, true);
    assert.ok(Buffer.from(here.wasm).equals(Buffer.from(there.wasm)), "the modules differ");
  });
}

test("while somebody types there are problems, and no module", async () => {
  const text = examples.get("chat").files["assembly/index.ts"].replace("who.id", "who.idd");

  const { ok, problems, wasm } = await page({ "assembly/index.ts": text }, true);

  assert.equal(ok, false);
  assert.equal(wasm, null);
  assert.equal(problems[0].file, "assembly/index.ts");
  assert.equal(text.slice(problems[0].from, problems[0].to), "idd");
});

test("what a room must not do is found here too, with what to do instead", async () => {
  const text = examples.get("counter").files["assembly/index.ts"].replace("const count", 'console.log("x");\n  const count');

  const { ok, problems } = await page({ "assembly/index.ts": text }, true);

  assert.equal(ok, false);
  assert.match(problems[0].message, /A room has no 'console\.log'\. Write 'log\.info\(text\)' instead/);
});
