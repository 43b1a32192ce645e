import { Connection, kv, refuse, room } from "@cloudramp/room";

/**
 * What a message does, by its first byte. Behind it come numbers of 32 bits, little-endian, and a text in UTF-8 to the end of the
 * message. Places in the text are in bytes.
 */
enum Op {
  /** To clients only: revision, the whole text. For whoever joins, and whoever's edit was not possible. */
  Text,
  /** Revision, place, text. */
  Insert,
  /** Revision, place, how many bytes. */
  Delete,
  /** From the owner: the user. */
  Kick,
  /** Place; to clients, whose cursor it is comes behind. */
  Cursor,
}

const MAX_TEXT: i32 = 32 * 1024;
const MAX_EDIT: i32 = 4 * 1024;
const MAX_CONNECTIONS: i32 = 50;
/** The op, revision and place of an edit. */
const EDIT: i32 = 9;
/** The revision, in front of the text that is kept. */
const REVISION: i32 = 4;
/** How long somebody stays out, in milliseconds. */
const OUT_FOR: i64 = 60 * 60 * 1_000;

/**
 * A text that several write at once, for users whom the host knows. Who comes first owns it. An edit says which revision of the
 * text it was made for; if others were faster, its sender gets the text as it is now, and may try again. So all see the same text.
 *
 * The owner shows a user out: all of their connections are closed, and they stay out for an hour, with whichever they come.
 */
export function onJoin(who: Connection): bool {
  if (who.user == "") return refuse(4011, "this pad is for users whom the host knows: bring a token");
  if (kv.get(`out/${who.user}`) !== null) return refuse(4012, "the owner has shown you out");
  const members = room.members(); // who joins is among them
  if (members.length > MAX_CONNECTIONS) return refuse(4010, "the pad is full");
  if (kv.get("owner") === null) kv.set("owner", who.user);
  who.sendBytes(message(Op.Text, pad()));
  for (let i = 0; i < members.length; i++) {
    const place = members[i].state;
    if (place != "") who.sendBytes(cursor(<u32>U32.parseInt(place), members[i].user));
  }
  return true;
}

export function onMessage(from: Connection, data: ArrayBuffer): void {
  const bytes = Uint8Array.wrap(data);
  const op = bytes.length > 0 ? bytes[0] : 0;
  if (op == Op.Kick) kick(from, String.UTF8.decode(data.slice(1)));
  else if (op == Op.Cursor && bytes.length == 5) move(from, new DataView(data).getUint32(1, true));
  else if (op == Op.Insert && bytes.length > EDIT) edit(from, data, 0, bytes.subarray(EDIT));
  else if (op == Op.Delete && bytes.length == EDIT + 4) edit(from, data, new DataView(data).getUint32(EDIT, true), new Uint8Array(0));
}

/** Puts `added` in the place of so many bytes. */
function edit(from: Connection, data: ArrayBuffer, removed: u32, added: Uint8Array): void {
  const before = pad();
  const head = new DataView(before.buffer);
  const view = new DataView(data);
  const revision = view.getUint32(1, true);
  const start = <u64>REVISION + view.getUint32(5, true);
  const end = start + removed;
  const isPossible = revision == head.getUint32(0, true) && isBetween(before, start) && isBetween(before, end)
    && added.length <= MAX_EDIT && before.length + added.length <= REVISION + MAX_TEXT && isText(added);
  if (!isPossible) {
    from.sendBytes(message(Op.Text, before));
    return;
  }
  const after = new Uint8Array(before.length - <i32>removed + added.length);
  after.set(before.subarray(0, <i32>start));
  after.set(added, <i32>start);
  after.set(before.subarray(<i32>end), <i32>start + added.length);
  new DataView(after.buffer).setUint32(0, revision + 1, true);
  kv.setBytes("pad", after.buffer);
  view.setUint32(1, revision + 1, true);
  room.broadcastBytes(data);
}

/** Where somebody writes is remembered for those who come later. */
function move(from: Connection, place: u32): void {
  if (place > <u32>MAX_TEXT) return;
  from.state = place.toString();
  room.broadcastBytes(cursor(place, from.user), [from]);
}

function kick(owner: Connection, user: string): void {
  if (owner.user != kv.get("owner") || user == owner.user) return;
  const members = room.members();
  for (let i = 0; i < members.length; i++) {
    if (members[i].user == user && members[i].close(4012, "the owner has shown you out")) kv.set(`out/${user}`, "1", OUT_FOR);
  }
}

/** The revision, and the text behind it. */
function pad(): Uint8Array {
  const kept = kv.getBytes("pad");
  return kept === null ? new Uint8Array(REVISION) : Uint8Array.wrap(kept);
}

function cursor(place: u32, user: string): ArrayBuffer {
  const name = Uint8Array.wrap(String.UTF8.encode(user));
  const content = new Uint8Array(4 + name.length);
  new DataView(content.buffer).setUint32(0, place, true);
  content.set(name, 4);
  return message(Op.Cursor, content);
}

function message(op: Op, content: Uint8Array): ArrayBuffer {
  const bytes = new Uint8Array(1 + content.length);
  bytes[0] = <u8>op;
  bytes.set(content, 1);
  return bytes.buffer;
}

/** Whether a place in the text is between two characters, or at an end. */
function isBetween(pad: Uint8Array, place: u64): bool {
  return place == pad.length || (place < <u64>pad.length && (pad[<i32>place] & 0xc0) != 0x80);
}

/** Whether bytes are well-formed UTF-8: the same when they have been read and written. */
function isText(bytes: Uint8Array): bool {
  const text = String.UTF8.decodeUnsafe(bytes.dataStart, bytes.length);
  const again = Uint8Array.wrap(String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE));
  if (again.length != bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) if (again[i] != bytes[i]) return false;
  return true;
}
