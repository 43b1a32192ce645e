import assert from "node:assert/strict";
import { test } from "node:test";
import { roomOf } from "../test-support/compile-room.js";

const open = await roomOf(`
  import { Connection, random } from "@cloudramp/room";
  export function onMessage(from: Connection, text: string): void {
    if (text == "math") from.send(Math.random().toString() + " " + Math.random().toString());
    else if (text == "below") {
      const counts = new StaticArray<i32>(6);
      for (let i = 0; i < 60_000; ++i) counts[random.below(6)]++;
      from.send(counts.join(" "));
    } else from.send(random.next().toString() + " " + random.next().toString());
  }
`);

function draw(seed, kind, times = 1) {
  const ann = open({ seed }).join("ann");
  for (let i = 0; i < times; ++i) ann.send(kind);
  return ann.received;
}

for (const kind of ["sdk", "math"]) {
  test(`${kind}: the same event draws the same numbers, another event draws others`, () => {
    const [first, second] = draw(7n, kind, 2);
    assert.deepEqual(draw(7n, kind, 2), [first, second]);
    assert.notEqual(first, second);
    assert.notDeepEqual(draw(8n, kind), [first]);
    const [a, b] = first.split(" ").map(Number);
    assert.notEqual(a, b);
    assert.ok(a >= 0 && a < 1 && b >= 0 && b < 1, first);
  });
}

test("random.below draws every number about as often", () => {
  const counts = draw(1n, "below")[0].split(" ").map(Number);
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, String(counts));
});
