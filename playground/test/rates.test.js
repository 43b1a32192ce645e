import assert from "node:assert/strict";
import { test } from "node:test";
import { Rates, timeOf } from "../src/shared/rates.js";

const counts = (runs) => [{ service: "chat", hooks: [{ hook: "onMessage", runs, failed: 0, micros: 10 * runs }] }];

test("a rate is what has been added since the count before", () => {
  const rates = new Rates();
  rates.take(counts(10), 0);
  assert.equal(rates.of("chat")[0].perSecond, 0, "nobody knows over what time the first count is");

  rates.take(counts(30), 2_000);

  assert.equal(rates.of("chat")[0].perSecond, 10);
  assert.equal(rates.all(), 10);
});

test("a server that has begun to count anew gives no negative rate", () => {
  const rates = new Rates();
  rates.take(counts(100), 0);

  rates.take(counts(4), 1_000);

  assert.equal(rates.of("chat")[0].perSecond, 4);
});

test("a service that is not counted any more is gone", () => {
  const rates = new Rates();
  rates.take(counts(1), 0);

  rates.take([], 1_000);

  assert.deepEqual(rates.of("chat"), []);
});

test("times are told in a unit that people can read", () => {
  assert.equal(timeOf(12.4), "12 µs");
  assert.equal(timeOf(1_234), "1.2 ms");
});
