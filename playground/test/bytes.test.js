import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, hexOf } from "../src/playground/bytes.js";

test("bytes are read as people write them", () => {
  assert.deepEqual([...bytesOf("01 0a00,FF 0x7f")], [1, 10, 0, 255, 127]);
  assert.deepEqual([...bytesOf("")], []);
});

test("what is no hexadecimal number of whole bytes is none", () => {
  for (const text of ["1", "0g", "hello", "01 2"]) assert.equal(bytesOf(text), null, text);
});

test("of many bytes the first are shown, and how many there are", () => {
  assert.equal(hexOf(Uint8Array.of(1, 10, 255).buffer), "01 0a ff");
  assert.match(hexOf(new ArrayBuffer(1_000)), /^(00 ){64}… of 1000 bytes$/);
});
