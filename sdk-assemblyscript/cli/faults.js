import { parseArgs } from "node:util";
import { follow, lineOf } from "./follow.js";
import { roomIn } from "./logs.js";
import { noFiles } from "./project.js";
import { Server, SERVER_OPTIONS } from "./server.js";

/** `room faults [--once] [--room …] [--server …] [--service …] [--token …]` */
export async function faults(words) {
  const options = { ...SERVER_OPTIONS, room: { type: "string" }, once: { type: "boolean" } };
  const { values, positionals } = parseArgs({ args: words, allowPositionals: true, options });
  noFiles(positionals);
  const room = roomIn(values);
  const server = await Server.of(values);
  await server.requireService();
  const { faults: known, last } = await server.ask("GET", "/faults");
  for (const fault of listIn(known)) {
    if (room === undefined || fault.room === undefined || fault.room === room) process.stdout.write(`${lineOf(fault)}\n`);
  }
  if (!values.once) await follow(server, { kinds: "fault,rest,lift", room, last: String(Number(last) || 0) });
}

/** Of objects, whatever it is. */
export function listIn(value) {
  return Array.isArray(value) ? value.filter((each) => each !== null && typeof each === "object") : [];
}
