import { Connection, room } from "@cloudramp/room";

export function onJoin(who: Connection): void {
  room.broadcast(`${who.id} joined`);
}

export function onMessage(from: Connection, text: string): void {
  room.broadcast(`${from.id}: ${text}`);
}

export function onLeave(who: Connection): void {
  room.broadcast(`${who.id} left`);
}
