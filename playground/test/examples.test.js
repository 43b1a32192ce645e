import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { examplesIn, ORDER } from "../bundler/examples.js";
import { bytesOf } from "../src/playground/bytes.js";

const GUESTS = fileURLToPath(new URL("../../examples/guests", import.meta.url));

test("every example is in the page", async () => {
  const { workspaces } = JSON.parse(await readFile(path.join(GUESTS, "package.json"), "utf8"));

  assert.deepEqual([...ORDER].sort(), [...workspaces].sort());
});

test("every example says how to play it, has a way in, and shows its program first", async () => {
  for (const { name, title, how, tries, files } of await examplesIn(GUESTS)) {
    assert.ok(title.length > 0 && title.length <= 20, `${name}: title`);
    assert.ok(how.length >= 40 && how.length <= 260, `${name}: how`);
    assert.ok(tries.length > 0, `${name}: tries`);
    for (const { label, text, hex, request } of tries) {
      assert.ok(label.length <= 20, `${name}: ${label}`);
      assert.equal([text, hex, request].filter((each) => each !== undefined).length, 1, `${name}: ${label}`);
      if (hex !== undefined) assert.notEqual(bytesOf(hex), null, `${name}: ${label}`);
    }
    assert.equal(Object.keys(files)[0], "assembly/index.ts", name);
  }
});
