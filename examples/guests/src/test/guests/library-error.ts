// Broadcasts the ninth word, which is an error in AssemblyScript's library when there are fewer.
import { Connection, HookError, room } from "@cloudramp/room";

export function onMessage(from: Connection, text: string): void {
  const words = text.split(" ");
  room.broadcast(words[8]);
}

export function onError(error: HookError): void {
  room.broadcast(error.message);
}
