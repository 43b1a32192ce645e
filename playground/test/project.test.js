import assert from "node:assert/strict";
import { test } from "node:test";
import { Project } from "../src/playground/project.js";

const EXAMPLES = [{ name: "a", files: { "index.ts": "one" } }, { name: "b", files: { "index.ts": "two" } }];

function storage() {
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

test("what was written is there after a reload, beside the example that it began as", () => {
  const tab = storage();
  const project = new Project(EXAMPLES, tab);
  project.choose("b");
  project.write("index.ts", "changed");

  const again = new Project(EXAMPLES, tab);

  assert.equal(again.example.name, "b");
  assert.equal(again.files["index.ts"], "changed");
  assert.equal(again.isChanged, true);
  again.startOver();
  assert.equal(again.files["index.ts"], "two");
});

test("another example's draft stays as it is", () => {
  const project = new Project(EXAMPLES, storage());
  project.write("index.ts", "changed");
  project.choose("b");
  assert.equal(project.files["index.ts"], "two");

  project.choose("a");

  assert.equal(project.files["index.ts"], "changed");
});

test("what a tab keeps is not trusted", () => {
  for (const kept of ["", "null", "7", '{"name":"x","drafts":[["a",null]]}', '{"name":"a","drafts":[["a",{"other.ts":"x"}]]}']) {
    const tab = storage();
    tab.setItem("drafts", kept);

    const project = new Project(EXAMPLES, tab);

    assert.deepEqual(project.files, { "index.ts": "one" }, kept);
  }
});

test("a draft that is too large for the tab lasts as long as the page", () => {
  const tab = storage();
  const project = new Project(EXAMPLES, tab);

  project.write("index.ts", "x".repeat(2 << 20));

  assert.equal(project.files["index.ts"].length, 2 << 20);
  assert.equal(new Project(EXAMPLES, tab).files["index.ts"], "one");
});
