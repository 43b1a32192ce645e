import { Connection, kv, room } from "@cloudramp/room";

/** A chat in which nobody may say more than five things in ten seconds; who goes on all the same is sent away. */
const WINDOW: i64 = 10_000;
const ALLOWED: i64 = 5;
const TOLERATED: i64 = 10;
const TOO_MUCH: i32 = 4029;

export function onMessage(from: Connection, text: string): void {
  // The first message begins a window of ten seconds; when it is over the key removes itself, and the count begins anew.
  const count = kv.incrementWithin(`said/${from.id}`, WINDOW);
  if (count <= ALLOWED) room.broadcast(`${from.id}: ${text}`);
  else if (count <= TOLERATED) from.send(`not so fast: ${ALLOWED} messages in ${WINDOW / 1_000} seconds`);
  else from.close(TOO_MUCH, "too many messages");
}
