import { Connection, Room, room } from "@cloudramp/room";

const MAX_STATE: i32 = 32;

/**
 * Who is here, and what they are doing. A client says what it does by sending a word. Whoever joins is sent one
 * message with a line for everybody, such as `ann here` and `bob typing`; from then on everybody is sent what changes.
 *
 * The states live in the room's memory and not in `kv`: they change often, and are worth nothing once their
 * owner has left. If the room starts anew, everybody is simply `here` again, and is told so.
 */
export class Presence extends Room {
  private states: Map<string, string> = new Map();

  /** Those who are in the room still see what it has forgotten. */
  onStart(woke: bool): void {
    if (woke) room.broadcast(this.everybody());
  }

  onJoin(who: Connection): void {
    who.send(this.everybody());
    room.broadcast(`${who.id} here`, [who]);
  }

  onMessage(from: Connection, text: string): void {
    const state = text.trim();
    if (state == "" || state.length > MAX_STATE || state.includes("\n")) return;
    this.states.set(from.id, state);
    room.broadcast(`${from.id} ${state}`);
  }

  onLeave(who: Connection): void {
    this.states.delete(who.id);
    room.broadcast(`${who.id} gone`);
  }

  private everybody(): string {
    const members = room.connections();
    const lines: string[] = [];
    for (let i = 0; i < members.length; i++) {
      const id = members[i].id;
      lines.push(`${id} ${this.states.has(id) ? this.states.get(id) : "here"}`);
    }
    return lines.join("\n");
  }
}
