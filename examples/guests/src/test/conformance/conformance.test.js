import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "./mock.js";
import { guests, SEEDS } from "./run.js";
import { scriptOf } from "./script.js";

const modules = await guests();
const results = Array.from({ length: SEEDS }, (_, i) => {
  const script = scriptOf(i + 1);
  return { script, lines: linesOf(script, modules[script.guest]) };
});

test("every script can be run, gives a line for each call, and the same lines again", () => {
  for (const { script, lines } of results) {
    assert.equal(lines.length, script.calls.length + 1);
    assert.deepEqual(lines.map(({ index }) => index), lines.map((_, i) => i));
  }
  for (const { script, lines } of results.slice(0, 20)) {
    assert.deepEqual(linesOf(scriptOf(script.seed), modules[script.guest]), lines);
  }
});

test("together the scripts do all there is to do", () => {
  const all = results.flatMap(({ lines }) => lines);
  const events = all.flatMap(({ events = [] }) => events);
  const texts = new Set(events.map(({ text }) => text));
  const some = (what, predicate) => assert.ok(predicate, what);
  for (const outcome of ["done", "refused", "failed", "absurd"]) some(outcome, all.some((line) => line.outcome === outcome));
  for (const hook of ["onJoin", "onMessage", "onLeave"]) some(`${hook} fails`, all.some(({ failed }) => failed === hook));
  // It fails in the hook that it begins and in onError, and so nothing is said.
  some("onStart fails", all.some(({ outcome, log = [], events = [] }) =>
    outcome === "failed" && events.length === 0 && log.filter((line) => /^info (new|woke)$/.test(line)).length > 1));
  for (const what of ["new", "woke"]) some(`a room is ${what}`, texts.has(`${what} onStart`));
  for (const call of ["join", "message", "leave", "advance", "evict"]) some(call, all.some((line) => line.call === call));
  for (const type of ["room.broadcast", "room.sendTo", "conn.send", "conn.close", "conn.setState"]) some(type, events.some((event) => event.type === type));
  some("somebody is left out", events.some(({ except }) => except?.length > 0));
  some("of a list nobody is there", events.some(({ type, to }) => type === "room.sendTo" && to.length === 0));
  some("of a list somebody is there twice", all.some(({ events = [] }) => events.some(({ type, to }) => type === "room.sendTo" && to.length > 1)));
  some("bytes", events.some(({ base64 }) => base64));
  some("the guest's own words of a failure", [...texts].some((text) => /failed: 1 aborted: on purpose \(instructions\.ts:\d+:\d+\)/.test(text)));
  for (const text of ["not told", "not closed", "closed", "told", "error 1", "error 4", "added", "set"]) some(text, texts.has(text));
  for (const limit of ["effects", "hostCalls", "kvOperations"]) {
    some(`limits.${limit}`, [...texts].some((text) => text?.includes(`failed: `) && text.includes(`limits.${limit}`)));
  }
  some("limits.logLines", all.some(({ log = [] }) => log.includes("warn 1 more lines dropped (limits.logLines)")));
  some("limits.logLineLength", all.some(({ log = [] }) => log.some((line) => line.endsWith("x…"))));
  some("lists as long as may be", all.some(({ call, outcome, events = [] }) => call === "message" && outcome === "done" &&
    events.filter(({ type, text, to }) => type === "room.sendTo" && text === "again" && to.length === 0).length === 4));
  some("longer lists", results.some(({ script, lines }) => script.calls.some(({ text }, i) =>
    /^repeat:5:list/.test(text) && lines[i].outcome === "failed")));
  for (const state of ["", "away", "ünï 🎉"]) some(`the state '${state}'`, texts.has(`state '${state}'`));
  some("what is remembered of whoever leaves", all.some(({ events = [] }) =>
    events.some(({ text }, i) => / left /.test(text) && /^state '.+'$/.test(events[i + 1]?.text))));
  some("a state that is too long", [...texts].some((text) => text?.includes("at most 2048 bytes, and this has 2049")));
  some("half a character", texts.has("a\ufffdb"));
  some("a broadcast follows a close in one hook", all.some(({ events = [] }) =>
    events.some(({ type }, i) => type === "conn.close" && events[i + 1]?.text === "closed" && /after$/.test(events[i + 2]?.text))));
  some("two leave because of one hook", all.some(({ call, events = [] }) =>
    call === "message" && events.filter(({ text }) => / left 4/.test(text)).length > 1));
  some("a class starts anew", results.some(({ script, lines }) => script.guest === "class" &&
    lines.filter(({ events = [] }) => events.some(({ text }) => text === "hook 1")).length > 1));
});
