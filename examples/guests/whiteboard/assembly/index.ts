import { Connection, kv, room } from "@cloudramp/room";

/**
 * A shared whiteboard, in binary. A message of nine bytes is a line: a color, and x, y, x, y as 16-bit numbers. An
 * empty message wipes the board. Both are passed on to everybody else as they are. Whoever joins is sent the drawing
 * so far: binary messages of many lines, one after the other.
 *
 * The drawing is kept in pages, so that a line costs one small write, however large the drawing is.
 */
const LINE_BYTES: i32 = 9;
const LINES_PER_PAGE: i64 = 256;
const PAGES: i64 = 64;

export function onJoin(who: Connection): void {
  const pages = kv.getManyBytes(pageKeys(linesDrawn()));
  for (let i = 0; i < pages.length; i++) {
    const page = pages[i];
    if (page !== null) who.sendBytes(page);
  }
}

export function onMessage(from: Connection, data: ArrayBuffer): void {
  if (data.byteLength == 0) wipe();
  else if (data.byteLength != LINE_BYTES) return;
  else if (!keep(data)) {
    from.send("the board is full");
    return;
  }
  room.broadcastBytes(data, [from]);
}

/** Adds a line to the drawing. Returns false when the board is full. */
function keep(line: ArrayBuffer): bool {
  const index = linesDrawn();
  if (index == PAGES * LINES_PER_PAGE) return false;
  const key = pageKey(index / LINES_PER_PAGE);
  const page = kv.getBytes(key);
  kv.setBytes(key, page === null ? line : joined(page, line));
  kv.increment("lines");
  return true;
}

function wipe(): void {
  const keys = pageKeys(linesDrawn());
  for (let i = 0; i < keys.length; i++) kv.delete(keys[i]);
  kv.delete("lines");
}

function linesDrawn(): i64 {
  const count = kv.get("lines");
  return count === null ? 0 : i64.parse(count);
}

/** The keys of all pages of a drawing. */
function pageKeys(lines: i64): string[] {
  const keys: string[] = [];
  for (let page: i64 = 0; page * LINES_PER_PAGE < lines; page++) keys.push(pageKey(page));
  return keys;
}

function pageKey(page: i64): string {
  return `page/${page}`;
}

function joined(first: ArrayBuffer, second: ArrayBuffer): ArrayBuffer {
  const both = new Uint8Array(first.byteLength + second.byteLength);
  both.set(Uint8Array.wrap(first));
  both.set(Uint8Array.wrap(second), first.byteLength);
  return both.buffer;
}
