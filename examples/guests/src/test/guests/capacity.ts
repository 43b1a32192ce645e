// A room for a thousand, and no more.
import { Connection, refuse, room } from "@cloudramp/room";

export function onJoin(who: Connection): bool {
  if (room.connections().length > 1_000) return refuse(4010, "full"); // who joins is among them
  return true;
}
