import { Connection, kv, room } from "@cloudramp/room";

/** A chat in which nobody may say more than five things in ten seconds; who goes on all the same is sent away. */
const WINDOW: i64 = 10_000;
const ALLOWED: i64 = 5;
const TOLERATED: i64 = 10;
const TOO_MUCH: i32 = 4029;

export function onMessage(from: Connection, text: string): void {
  // A key for each window of time: the next window starts from nothing, and old keys remove themselves.
  const count = kv.increment(`said/${from.id}/${room.now / WINDOW}`, 1, WINDOW);
  if (count <= ALLOWED) room.broadcast(`${from.id}: ${text}`);
  else if (count <= TOLERATED) from.send(`not so fast: wait ${WINDOW - room.now % WINDOW} ms`);
  else from.close(TOO_MUCH, "too many messages");
}
