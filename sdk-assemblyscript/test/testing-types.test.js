/** What `testing/index.d.ts` says of the mock room is what there is, so that an editor helps and does not mislead. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import * as testing from "../testing/index.js";

const SDK = fileURLToPath(new URL("..", import.meta.url));
const DECLARATIONS = path.join(SDK, "testing/index.d.ts");

/** The names of a class's public members, as they are declared. */
function declaredMembers(declaration) {
  return declaration.members.filter((member) => member.name && !isStatic(member)).map((member) => member.name.text);
}

function isStatic(member) {
  return member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
}

const source = ts.createSourceFile("index.d.ts", await readFile(DECLARATIONS, "utf8"), ts.ScriptTarget.Latest);
const classes = source.statements.filter(ts.isClassDeclaration);

test("all that the module exports is declared, and nothing else", () => {
  const values = source.statements.flatMap((statement) =>
    ts.isClassDeclaration(statement) ? [statement.name.text]
      : ts.isVariableStatement(statement) ? statement.declarationList.declarations.map(({ name }) => name.text) : []);
  assert.deepEqual(values.sort(), Object.keys(testing).sort());
});

describe("the class has what is declared, and no more than is marked as internal:", () => {
  const INTERNAL = { MockRoom: ["leave", "receive"], MockKv: ["entry"],
    MockTimers: ["next", "set", "cancel", "has", "answered", "failed"] };
  for (const declaration of classes) {
    const name = declaration.name.text;
    test(name, () => {
      const declared = declaredMembers(declaration);
      const methods = Object.getOwnPropertyNames(testing[name].prototype).filter((each) => each !== "constructor");
      for (const method of methods) assert.ok([...declared, ...(INTERNAL[name] ?? [])].includes(method), method);
      const fields = declared.filter((each) => !methods.includes(each));
      const text = testing[name].toString();
      for (const field of fields) assert.match(text, new RegExp(`^\\s*(?:this\\.)?${field}\\b`, "m"));
    });
  }
});

test("the types of AssemblyScript for editors are those of the compiler's version", async () => {
  const { editorTypes } = await import("../scripts/write-editor-types.js");
  assert.equal(await readFile(path.join(SDK, "editor/assembly/index.d.ts"), "utf8"), await editorTypes());
});

test("error codes are declared as they are", () => {
  const text = source.text.slice(source.text.indexOf("const ErrorCode"));
  for (const [name, code] of Object.entries(testing.ErrorCode)) assert.match(text, new RegExp(`readonly ${name}: ${code};`));
});

describe("an editor", () => {
  let directory;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "room-types-"));
    await mkdir(path.join(directory, "node_modules/@cloudramp"), { recursive: true });
    await symlink(SDK, path.join(directory, "node_modules/@cloudramp/room"));
    await writeFile(path.join(directory, "package.json"), '{"type": "module"}');
    // Stands for @types/node, which editors fetch by themselves.
    await writeFile(path.join(directory, "node.d.ts"), `
      declare module "node:test" { export function test(name: string, body: () => void): void; }
      declare module "node:assert/strict" { const assert: any; export default assert; }
    `);
  });

  after(() => rm(directory, { recursive: true }));

  /** What an editor underlines in a file. */
  async function complaintsAbout(name, text) {
    await writeFile(path.join(directory, name), text);
    const words = ["--noEmit", "--strict", "--allowJs", "--checkJs", "--module", "nodenext", "--target", "es2022",
      "node.d.ts", name];
    const { stdout } = await promisify(execFile)(process.execPath,
      [path.join(SDK, "node_modules/typescript/bin/tsc"), ...words], { cwd: directory }).catch((error) => error);
    return stdout;
  }

  test("finds no error in the unit tests of the README and of a new project", async () => {
    const readme = await readFile(path.join(SDK, "README.md"), "utf8");
    const [unitTest] = [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, text]) => text);
    assert.equal(await complaintsAbout("readme.test.js", unitTest), "");
    assert.equal(await complaintsAbout("readme.test.ts", unitTest), "");
    const template = await readFile(path.join(SDK, "template/test/room.test.js"), "utf8");
    assert.equal(await complaintsAbout("template.test.js", template), "");
  });

  test("finds the errors in a wrong one", async () => {
    const wrong = `
      import { MockRoom } from "@cloudramp/room/testing";
      const ann = MockRoom.load("build/chat.wasm", { tyme: 0 }).join("ann");
      ann.send(5);
      ann.recieved;
    `;
    const complaints = await complaintsAbout("wrong.test.ts", wrong);
    assert.match(complaints, /'tyme' does not exist/);
    assert.match(complaints, /'number' is not assignable to parameter of type 'Data'/);
    assert.match(complaints, /'recieved' does not exist on type 'MockUser'\. Did you mean 'received'/);
  });
});
