import assert from "node:assert/strict";
import { test } from "node:test";
import { compare } from "../compare.js";
import { markdown } from "../report.js";

/** A report of one scenario; costs are given round by round. */
function report(sandbox, bun) {
  const results = Object.entries({ sandbox, bun }).flatMap(([server, costs]) =>
    costs.map((cpuPerMessage, i) => ({ server, scenario: "rooms of 10", round: i + 1, cpuPerMessage, perSecond: 10, p50: 1, p99: 2, deliveredOf: 1 })),
  );
  return {
    machine: { date: "2026-01-01", processors: "2 × x", memory: "8 GiB", system: "Linux", load: "0.0", versions: { java: "17" } },
    rounds: sandbox.length,
    seconds: 5,
    servers: [{ name: "sandbox", about: "ours" }, { name: "bun", about: "theirs" }],
    scenarios: [{ name: "rooms of 10", about: "rooms" }],
    results,
  };
}

const wasWorse = (before, after) => compare(before, after, 1.1)[0].isWorse;

test("a machine that has become slower for everybody is no regression", () => {
  assert.equal(wasWorse(report([20, 21, 22], [20, 20, 20]), report([40, 42, 44], [40, 40, 40])), false);
});

test("a server that costs more of what the others cost is a regression", () => {
  assert.equal(wasWorse(report([20, 21, 22], [20, 20, 20]), report([26, 27, 28], [20, 20, 20])), true);
});

test("what rounds differ by among themselves is no regression", () => {
  assert.equal(wasWorse(report([20, 21, 30], [20, 20, 20]), report([24, 26, 28], [20, 20, 20])), false);
});

test("reports without a scenario in common have nothing to compare", () => {
  const other = report([1], [1]);
  other.scenarios[0].name = "rooms of 2";
  assert.deepEqual(compare(report([1], [1]), other, 1.1), []);
});

test("a report names the machine, each server, and medians with their spread", () => {
  const text = markdown(report([20, 23, 21], [10, 10, 10]));
  assert.match(text, /2 × x/);
  assert.match(text, /\*\*bun\*\*: theirs/);
  assert.match(text, /\| sandbox \| 21\.0 \(20\.0–23\.0\) \|/);
});
