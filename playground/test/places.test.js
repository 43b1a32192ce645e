import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, placeOf } from "../src/playground/places.js";

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
