import assert from "node:assert/strict";
import { test } from "node:test";
import { contentText, time } from "../src/shared/holding.js";

test("a value that was cut says so, whether it is a text or bytes", () => {
  assert.equal(contentText({ bytes: 5, text: "hello" }), "hello");
  assert.equal(contentText({ bytes: 900, text: "hello", cut: true }), "hello …");
  assert.equal(contentText({ bytes: 3, base64: "AQoA" }), "01 0a 00");
  assert.equal(contentText({ bytes: 40, base64: btoa("\u0000".repeat(40)) }), `${"00 ".repeat(24)}…`);
});

test("what turns a text round is seen in a value as well", () => {
  assert.equal(contentText({ bytes: 5, text: "a\u202eb" }), "a\ufffdb");
});

test("a time has its two largest units", () => {
  assert.equal(time(1_400), "1 s");
  assert.equal(time(61_000), "1 min 1 s");
  assert.equal(time(2 * 3_600_000 + 5 * 60_000), "2 h 5 min");
  assert.equal(time(49 * 3_600_000), "2 d 1 h");
});
