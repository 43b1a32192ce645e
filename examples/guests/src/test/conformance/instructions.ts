// What both guests of the conformance scripts do: the instructions in a text, one after the other.
import { Connection, FailureCode, HookError, HostError, kv, log, room } from "@cloudramp/room";

/**
 * Instructions are separated by ';' and their parts by ':'. See README.md for what there is.
 *
 * @returns false when one of them was 'refuse'
 */
export function perform(who: string, program: string): bool {
  let accepts = true;
  const instructions = program.split(";");
  for (let i = 0; i < instructions.length; i++) {
    const parts = instructions[i].split(":");
    if (parts[0] == "refuse") accepts = false;
    else step(who, parts);
  }
  return accepts;
}

function step(who: string, parts: string[]): void {
  const what = parts[0];
  const first = parts.length > 1 ? parts[1] : "";
  const second = parts.length > 2 ? parts[2] : "";
  const third = parts.length > 3 ? parts[3] : "";
  if (what == "say") room.broadcast(`${who} ${first}`);
  else if (what == "others") room.broadcast(first, [new Connection(who), new Connection("nobody"), new Connection(who)]);
  else if (what == "bytes") room.broadcastBytes(String.UTF8.encode(first));
  else if (what == "some") room.sendTo(named(first), second);
  else if (what == "someBytes") room.sendToBytes(named(first), String.UTF8.encode(second));
  else if (what == "tell") answer(new Connection(first).send(second) ? "told" : "not told");
  else if (what == "close") answer(new Connection(first).close(i32.parse(second), third) ? "closed" : "not closed");
  else if (what == "state") remember(new Connection(first == "" ? who : first), second);
  else if (what == "set") kv.set(first, second, third == "" ? 0 : i64.parse(third));
  else if (what == "trySet") coded("set", kv.trySet(first, second, third == "" ? 0 : i64.parse(third)).error);
  else if (what == "get") answer(textOf(kv.get(first)));
  else if (what == "getMany") many(first.split(","));
  else if (what == "delete") kv.delete(first);
  else if (what == "add") answer(kv.increment(first, i64.parse(second), third == "" ? 0 : i64.parse(third)).toString());
  else if (what == "addWithin") answer(kv.incrementWithin(first, i64.parse(third), i64.parse(second)).toString());
  else if (what == "tryAdd") coded("added", kv.tryIncrement(first, i64.parse(second)).error);
  else if (what == "users") answer(room.connections().map<string>((user) => user.id).join(","));
  else if (what == "now") answer(room.now.toString());
  else if (what == "log") log.info(first);
  else if (what == "repeat") repeat(i32.parse(first), second);
  else if (what == "large") coded("set", kv.trySet(first, "v".repeat(i32.parse(second))).error);
  else if (what == "long") log.info("x".repeat(5_000));
  else if (what == "half") room.broadcast("a" + String.fromCharCode(0xd83d) + "b");
  else if (what == "throw") throw new Error(first);
  else if (what == "index") answer(parts[9]);
  else answer(`no instruction '${what}'`);
}

function remember(whom: Connection, state: string): void {
  if (state == "long") whom.state = "é".repeat(1_024) + "x";
  else if (state != "") whom.state = state == "none" ? "" : state;
  answer(`state '${whom.state}'`);
}

function named(ids: string): Connection[] {
  return ids.split(",").map<Connection>((id) => new Connection(id));
}

/** As often as a hook may, or once more. */
function repeat(times: i32, what: string): void {
  // Almost as long as a request may be: of lists that long, four fit into what the effects of a hook may take.
  const list = new Array<Connection>(what == "list" ? 16_000 : 0).fill(new Connection("nobody".repeat(10)));
  for (let i = 0; i < times; i++) {
    if (what == "say") room.broadcast("again");
    else if (what == "log") log.info("again");
    else if (what == "users") room.connections();
    else if (what == "list") room.sendTo(list, "again");
    else if (what == "key") kv.set(`key ${i}`, "again");
  }
}

function many(keys: string[]): void {
  answer(kv.getMany(keys).map<string>((value) => textOf(value)).join(","));
}

function answer(text: string): void {
  room.broadcast(text);
}

function coded(what: string, error: HostError | null): void {
  answer(error === null ? what : `error ${error.code}`);
}

function textOf(value: string | null): string {
  return value === null ? "nothing" : `'${value}'`;
}

/** The instructions that a message has left for a later hook. */
export function left(hook: string): string {
  const program = kv.get(hook);
  return program === null ? `say:${hook}` : program;
}

/** What a trap is called depends on the engine: of traps only what the guest itself has said is told. */
export function report(error: HookError): void {
  const isTold = error.code != FailureCode.Trapped || error.message.startsWith("aborted: ");
  const message = isTold ? error.message : "";
  room.broadcast(`${error.hook} of ${error.connection} failed: ${error.code} ${message}`);
}
