import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MockRoom } from "../testing/index.js";
import { compileProgram } from "../test-support/compile-room.js";

const SDK = fileURLToPath(new URL("..", import.meta.url));
const readme = await readFile(path.join(SDK, "README.md"), "utf8");

/** The code blocks of a language, in their order. */
function samples(language) {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, text]) => text);
}

describe("in the README", () => {
  const programs = samples("ts");

  test("there are rooms", () => assert.equal(programs.length, 5));

  for (const [index, program] of programs.entries()) {
    test(`room ${index + 1} compiles without a warning`, async () => {
      const { report } = await compileProgram(program);
      assert.equal(report, "");
    });
  }

  test("the host function of the unit test serves the room that calls one", async () => {
    const [, options] = /^MockRoom\.load\("build\/my-room\.wasm", (.*)\);$/s.exec(samples("js")[1].trim());
    const { wasm } = await compileProgram(programs.at(-1));
    const ann = new MockRoom(wasm, new Function(`return ${options}`)()).join("ann");
    ann.send("hello");
    assert.deepEqual(ann.received, ["you have 105 points"]);
  });

  test("the unit test passes on the first room", async () => {
    const [unitTest] = samples("js");
    const directory = await mkdtemp(path.join(tmpdir(), "room-readme-"));
    await mkdir(path.join(directory, "node_modules/@cloudramp"), { recursive: true });
    await mkdir(path.join(directory, "build"));
    await symlink(SDK, path.join(directory, "node_modules/@cloudramp/room"));
    await writeFile(path.join(directory, "build/my-room.wasm"), (await compileProgram(programs[0])).wasm);
    await writeFile(path.join(directory, "room.test.mjs"), unitTest);
    const { NODE_TEST_CONTEXT, ...environment } = process.env;
    await promisify(execFile)(process.execPath, ["--test"], { cwd: directory, env: environment });
    await rm(directory, { recursive: true });
  });

  test("every hook that the SDK knows is explained", async () => {
    const { HOOKS } = await import("../compiler/hooks.js");
    for (const { name } of HOOKS) assert.match(readme, new RegExp(`\`${name}\\(`));
  });
});
