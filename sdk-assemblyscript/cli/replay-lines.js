/** What a replayed hook looks like at a terminal. All of it is a stranger's: make it inert. */
import { Reader } from "../testing/wire.js";

const MAX_TEXT = 120;
const LEVELS = ["debug", "info", "warn", "error"];

/**
 * The lines of one hook: what it was told, what it asked its host, what came of it, and where that differs.
 *
 * @param {import("../testing/replay.js").ReplayedHook} replayed
 * @returns {string[]}
 */
export function linesOf(replayed) {
  const { number, hook, result, failure } = replayed;
  const lines = [];
  if (hook.missed > 0) lines.push(`    (${hook.missed} hooks before this one were not recorded)`);
  hook.runs.forEach((run, at) => {
    lines.push(`${at === 0 ? `#${number}`.padEnd(5) : "     "} ${eventWords(run)}`);
    for (const call of run.calls) lines.push(`        ${callWords(call)}${answerWords(call)}`);
  });
  lines.push(`      = ${hook.outcome}${hook.detail ? `: ${hook.detail}` : ""}`);
  if (failure) lines.push(`        ${failure.message}`);
  if (result === "differs") lines.push(...differenceLines(replayed.difference));
  if (result === "unrepeatable" || result === "skipped") lines.push(`      ${result}: ${replayed.why}`);
  return lines;
}

function differenceLines({ where, expected, actual, position }) {
  const place = position ? ` (${position.file}:${position.line}:${position.column})` : "";
  return [
    `      differs at ${where}`,
    `        recorded: ${sideWords(expected)}`,
    `        now:      ${sideWords(actual)}${place}`,
    ...byteLine(expected, actual),
  ];
}

function sideWords(side) {
  return typeof side === "string" ? side : callWords(side);
}

/** Two requests may look the same in words. */
function byteLine(expected, actual) {
  if (typeof expected === "string" || typeof actual === "string" || expected.function !== actual.function) return [];
  const [one, other] = [expected.request, actual.request];
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return [`        from byte ${at} of the request on: ${hex(one, at)}, and now ${hex(other, at)}`];
}

function hex(bytes, at) {
  const shown = Array.from(bytes.subarray(at, at + 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return shown === "" ? "nothing" : shown;
}

/** What a hook was told. */
function eventWords({ hook, event }) {
  const reader = new Reader(event);
  reader.string(); // whose service and room it is says the summary
  reader.string();
  const time = new Date(Number(reader.i64()));
  reader.i64(); // the seed
  const when = Number.isNaN(time.getTime()) ? "" : `${time.toISOString()} `;
  return `${when}${hook} ${fieldsOf(hook, reader)}`.trimEnd();
}

function fieldsOf(hook, reader) {
  switch (hook) {
    case "onStart": return reader.bool() ? "woke" : "";
    case "onJoin": return reader.string();
    case "onMessage": return `${reader.string()} ${dataWords(reader)}`;
    case "onLeave": return `${reader.string()} ${reader.i32()} ${quoted(reader.string())}`;
    case "onTimer": {
      const name = quoted(reader.string());
      reader.i64();
      return `${name} attempt ${reader.i32()}`;
    }
    case "onRequest": return `${reader.string()} ${cut(reader.string())}`;
    case "onError": {
      const code = reader.i32();
      const message = reader.string();
      return `of ${reader.string()}, code ${code}: ${cut(message)}`;
    }
    default: return "";
  }
}

/** How a request reads, for the functions that every host has. */
const REQUESTS = {
  "room.broadcast": dataWords,
  "room.sendTo": (reader) => `to ${reader.list((item) => item.string()).length} ${dataWords(reader)}`,
  "conn.send": (reader) => `${reader.string()} ${dataWords(reader)}`,
  "conn.close": (reader) => `${reader.string()} ${reader.i32()} ${quoted(reader.string())}`,
  "conn.state": (reader) => reader.string(),
  "conn.setState": (reader) => `${reader.string()} ${quoted(reader.string())}`,
  "kv.get": (reader) => quoted(reader.string()),
  "kv.getMany": (reader) => reader.list((item) => quoted(item.string())).join(" "),
  "kv.set": (reader) => `${quoted(reader.string())} ${bytesWords(reader.bytes())}`,
  "kv.delete": (reader) => quoted(reader.string()),
  "kv.increment": (reader) => `${quoted(reader.string())} by ${reader.i64()}`,
  "kv.incrementWithin": (reader) => `${quoted(reader.string())} by ${reader.i64()}`,
  "timer.set": (reader) => `${quoted(reader.string())} in ${reader.i64()} ms`,
  "timer.cancel": (reader) => quoted(reader.string()),
  "request.answer": (reader) => `${reader.i32()}`,
  "sandbox.log": (reader) => `${LEVELS[reader.u8()] ?? ""} ${quoted(reader.string())}`,
  "sandbox.abort": (reader) => `${quoted(reader.string())} ${reader.string()}:${reader.i32()}:${reader.i32()}`,
  "sandbox.refuse": (reader) => `${reader.i32()} ${quoted(reader.string())}`,
};

function callWords({ function: name, request }) {
  const words = Object.hasOwn(REQUESTS, name) ? REQUESTS[name](new Reader(request)) : bytesWords(request);
  return `${name} ${words}`.trimEnd();
}

function answerWords({ response, error }) {
  if (error) return ` → error ${error.code}: ${cut(error.message)}`;
  return response === undefined || response.length === 0 ? "" : ` → ${bytesWords(response)}`;
}

function dataWords(reader) {
  const data = reader.data();
  return typeof data === "string" ? quoted(data) : bytesWords(data);
}

function quoted(text) {
  return JSON.stringify(cut(text));
}

function bytesWords(bytes) {
  return `${bytes.length} byte${bytes.length === 1 ? "" : "s"}`;
}

function cut(text) {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}
