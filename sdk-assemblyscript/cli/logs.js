import { parseArgs } from "node:util";
import { follow } from "./follow.js";
import { noFiles, ROOM_ID } from "./project.js";
import { Server, SERVER_OPTIONS } from "./server.js";
import { UserError } from "./user-error.js";

/** `room logs [--room …] [--server …] [--service …] [--token …]` */
export async function logs(words) {
  const { values, positionals } = parseArgs({ args: words, allowPositionals: true, options: { ...SERVER_OPTIONS, room: { type: "string" } } });
  noFiles(positionals);
  const room = roomIn(values);
  const server = await Server.of(values);
  await server.requireService();
  await follow(server, { kinds: "log,fault,rest,lift", room });
}

/** The room that a command is about, if it is about one. @param {{room?: string}} values */
export function roomIn({ room }) {
  if (room !== undefined && !ROOM_ID.test(room)) {
    throw new UserError("That cannot be the name of a room: use letters, digits, '.', '_' and '-', at most 128.");
  }
  return room;
}
