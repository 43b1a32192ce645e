import { parseArgs } from "node:util";
import { listIn } from "./faults.js";
import { inert } from "./inert.js";
import { noFiles } from "./project.js";
import { Server, SERVER_OPTIONS } from "./server.js";

const ROOMS = 20;

/** `room status [--server …] [--service …] [--token …]` */
export async function status(words) {
  const { values, positionals } = parseArgs({ args: words, allowPositionals: true, options: SERVER_OPTIONS });
  noFiles(positionals);
  const server = await Server.of(values);
  await server.requireService();
  const service = await server.ask("GET", "");
  const { resting } = await server.ask("GET", "/quarantine");
  const { rooms, next } = await server.ask("GET", `/rooms?limit=${ROOMS}`);
  const lines = [
    `'${server.service}' at ${server.address}`,
    `  live      ${service.live === undefined ? "nothing" : short(service.live)}`,
    `  versions  ${(service.versions ?? []).length}`,
  ];
  for (const each of listIn(resting)) {
    const what = each.room === undefined ? short(each.digest) : `room '${each.room}' of ${short(each.digest)}`;
    lines.push(`  rests     ${what}, for ${each.seconds} s: ${each.lastFault}`);
  }
  if (listIn(resting).length > 0) lines.push("            'room lift' ends that, and a new version begins anew");
  for (const each of listIn(rooms)) lines.push(`  room      ${each.room}: ${each.members} here`);
  if (listIn(rooms).length === 0) lines.push("  rooms     nobody is here");
  if (next !== undefined) lines.push("            and more rooms");
  process.stdout.write(`${lines.map(inert).join("\n")}\n`);
}

function short(digest) {
  return String(digest).slice(0, 12);
}
