import assert from "node:assert/strict";
import { test } from "node:test";
import { compileProgram } from "../test-support/compile-room.js";

const HOOKS = 'import { Connection, room } from "@cloudramp/room";\nexport function onMessage(from: Connection, text: string): void {\n';

test("an error has its place in the file, for an editor to show it there, and the advice beside it", async () => {
  const program = `${HOOKS}  const count: i32 = "one";\n}\n`;

  const { ok, problems } = await compileProgram(program);

  assert.equal(ok, false);
  assert.equal(problems.length, 1);
  const [{ severity, message, file, from, to }] = problems;
  assert.equal(severity, "error");
  assert.match(message, /Type 'string' is not assignable to type 'i32'/);
  assert.equal(file, "assembly/index.ts");
  assert.equal(program.slice(from, to), '"one"');
});

test("advice is told apart from what the compiler says", async () => {
  const { problems } = await compileProgram(`${HOOKS}  room.broadcast(from.info ?? text);\n}\n`);

  assert.match(problems[0].advice, /instead of 'a \?\? b'/);
});

test("a warning is told of a program that compiles", async () => {
  const program = `let lost: i32 = 0;\n${HOOKS}  lost++;\n}\n`;

  const { ok, problems } = await compileProgram(program);

  assert.equal(ok, true);
  assert.deepEqual(problems.map(({ severity }) => severity), ["warning"]);
  assert.equal(program.slice(problems[0].from, problems[0].to), "lost");
});

test("what ends the module before its first hook is told where it is", async () => {
  const program = `${HOOKS}}\nassert(false, "never");\n`;

  const { ok, problems } = await compileProgram(program);

  assert.equal(ok, false);
  assert.match(problems[0].message, /never/);
  assert.equal(program.slice(problems[0].from).startsWith("assert"), true);
});
