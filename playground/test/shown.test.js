import assert from "node:assert/strict";
import { test } from "node:test";
import { shown } from "../src/shared/dom.js";

test("what is not seen in a text, or turns it round, is seen", () => {
  assert.equal(shown("a\u202eb\u0007c\u200b"), "a\ufffdb\ufffdc\ufffd");
});

test("lines, and emoji made of several, stay as they are", () => {
  assert.equal(shown("a\n\tb 👩\u200d🚀"), "a\n\tb 👩\u200d🚀");
});

test("a long text is cut, and says so", () => {
  assert.equal(shown("x".repeat(30), 10), "xxxxxxxxxx … and 20 more");
});
