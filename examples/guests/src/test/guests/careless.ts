// Does what a careless program does, as a message says; anything else it sends back.
import { Connection, HostError, kv, room } from "@cloudramp/room";

export function onMessage(from: Connection, text: string): void {
  if (text == "huge") from.send("x".repeat(500_000_000));
  else if (text == "long") from.send("€".repeat(400_000)); // more than a megabyte of UTF-8
  else if (text == "cut") cut(from);
  else if (text == "errors") errors(from);
  else if (text == "users") users(from);
  else if (text == "divide") from.send((7 / (text.length - 6)).toString());
  else if (text == "count") from.send(counted(text.length).toString());
  else if (text == "bounds") from.send(beyond(text.length).toString());
  else if (text == "deep") from.send(deeper(1).toString());
  else from.send(text);
}

/** Never ends. */
function counted(from: i32): i32 {
  while (from > 0) from = (from + 1) & 0xffff | 1;
  return from;
}

/** Never ends, and is no loop. */
function deeper(depth: i32): i32 {
  return 1 + deeper(depth + 1) * depth;
}

function cut(to: Connection): void {
  const emoji = "🎉";
  kv.set(emoji.charAt(0), emoji.charAt(1) + emoji.charAt(0));
  to.send(`${kv.get(emoji.charAt(1))!}|${emoji.substring(1)}`);
}

/** One call after the other, the most of which the host refuses. */
function errors(to: Connection): void {
  const empty = kv.tryGet("");
  const long = kv.trySet("k".repeat(10_000), "");
  kv.set("word", "seven");
  const word = kv.tryIncrement("word");
  const negative = kv.trySet("word", "eight", -1);
  to.send([codeOf(empty.error), codeOf(long.error), codeOf(word.error), codeOf(negative.error), kv.get("word")!].join(" "));
  if (new Connection("nobody").send("is anybody there?")) to.send("somebody");
}

function codeOf(error: HostError | null): string {
  return error ? error.code.toString() : "-";
}

function users(to: Connection): void {
  const all = room.connections();
  to.send(`${all.length} ${all[0].id} ${all[all.length - 1].id}`);
  room.broadcast("nobody hears this", all);
}

/** What no library looks at first. */
function beyond(length: i32): i32 {
  const words = "a b".split(" ");
  return length + words.length + load<i32>(-length * 4);
}
