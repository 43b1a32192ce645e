import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { compile } from "../compiler/compile.js";
import { MockRoom } from "../testing/index.js";

/** Compiles a program given as text. */
export function compileProgram(program, options = {}) {
  const { files, ...others } = options;
  return compile({
    // A folder without an asconfig.json; every file that the program has is given here.
    directory: tmpdir(),
    name: "room",
    files: { "assembly/index.ts": program, ...files },
    ...others,
  });
}

/** Compiles a program that must compile without a warning, and opens rooms of it. */
export async function roomOf(program, options = {}) {
  const { report, wasm, outputs } = await compileProgram(program, options);
  assert.equal(report, "");
  const sourceMap = outputs.find(({ file }) => file.endsWith(".map")).contents;
  return (roomOptions) => new MockRoom(wasm, { sourceMap, ...roomOptions });
}
