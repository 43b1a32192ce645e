import { Connection, kv, room } from "@cloudramp/room";

/**
 * Who is here, and what they are doing. Whoever joins is sent everybody's state, one line each: `ann here`,
 * `bob typing`. From then on everybody is sent what changes. A client says what it does by sending a word.
 */
const LONGEST_STATE: i32 = 32;

export function onJoin(who: Connection): void {
  const users = room.users();
  const states = kv.getMany(users.map<string>((user) => stateKey(user)));
  for (let i = 0; i < users.length; i++) {
    const state = states[i];
    who.send(`${users[i].id} ${state === null ? "here" : state}`);
  }
  room.broadcast(`${who.id} here`, [who]);
}

export function onMessage(from: Connection, text: string): void {
  const state = text.trim();
  if (state == "" || state.length > LONGEST_STATE) return;
  kv.set(stateKey(from), state);
  room.broadcast(`${from.id} ${state}`);
}

export function onLeave(who: Connection): void {
  kv.delete(stateKey(who));
  room.broadcast(`${who.id} gone`);
}

function stateKey(who: Connection): string {
  return `state/${who.id}`;
}
