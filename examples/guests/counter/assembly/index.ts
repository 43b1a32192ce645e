import { Connection, kv } from "@cloudramp/room";

/** Every message counts; its sender is told how many there have been in this room, over all its days. */
export function onMessage(from: Connection, text: string): void {
  const count = kv.increment("messages");
  from.send(count.toString());
}
