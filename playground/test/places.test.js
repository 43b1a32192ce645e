import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, placeOf, placeOfFunction } from "../src/playground/places.js";

const TEXT = "first\nsecond\n";

test("a line and a column are an offset, and the offset is in that line", () => {
  assert.deepEqual(placeOf(TEXT, 2, 3), { from: 8, to: 8 });
  assert.equal(lineOf(TEXT, 8), 2);
});

test("a place that is not in the text is moved to where it ends", () => {
  assert.deepEqual(placeOf(TEXT, 1, 100), { from: 5, to: 5 });
  assert.deepEqual(placeOf(TEXT, 100, 1), { from: 13, to: 13 });
  assert.deepEqual(placeOf(TEXT, 0, 0), { from: 0, to: 0 });
});

test("a function is found where it is written, not where it is called", () => {
  const files = {
    "index.ts": "export function onMessage(from: Connection): void {\n  tell(from);\n  if (tell(from)) {\n  }\n}\n",
    "tell.ts": "export class Teller {\n  private static tell(who: Connection): bool {\n  }\n}\n",
  };

  assert.deepEqual(placeOfFunction(files, "onMessage"), { file: "index.ts", from: 16, to: 25 });
  const { file, from } = placeOfFunction(files, "tell");
  assert.equal(file, "tell.ts");
  assert.equal(files[file].slice(from, from + 4), "tell");
  assert.equal(placeOfFunction(files, "nothing"), null);
});
