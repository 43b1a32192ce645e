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

  test("every sample is one that is tried here", () => {
    const languages = [...readme.matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
    const count = (language) => languages.filter((each) => each === language).length;
    assert.deepEqual({ ts: count("ts"), js: count("js"), json: count("json"), sh: count("sh") }, { ts: 12, js: 2, json: 1, sh: 2 });
    assert.equal(languages.length, 17);
  });

  test("the settings of the compiler are ones that it takes", async () => {
    const { options } = JSON.parse(samples("json")[0]);
    // The package that it names is not here; another transform stands for it.
    const transform = options.transform.map(() => "./nothing.js");
    const directory = await mkdtemp(path.join(tmpdir(), "room-readme-"));
    await writeFile(path.join(directory, "nothing.js"), "export default class {}\n");
    const { report } = await compileProgram(programs[0],
      { directory, files: { "asconfig.json": JSON.stringify({ options: { ...options, transform } }) } });
    await rm(directory, { recursive: true });
    assert.equal(report, "");
  });

  test("every command is one that there is", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(SDK, "cli/room.js"), "help"]);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    const used = [...readme.matchAll(/(?:npx room|`room) (\w+)/g)].map(([, name]) => name);
    assert.deepEqual(new Set(used), new Set(commands));
  });

  for (const [index, program] of programs.entries()) {
    test(`room ${index + 1} compiles without a warning`, async () => {
      const { report } = await compileProgram(program);
      assert.equal(report, "");
    });
  }

  test("the host function of the unit test serves the room that calls one", async () => {
    const [, options] = /^MockRoom\.load\((.*)\);$/s.exec(samples("js")[1].trim());
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
    await writeFile(path.join(directory, "package.json"), '{"name": "my-room"}');
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
