import assert from "node:assert/strict";
import { test } from "node:test";
import { MockRoom } from "@cloudramp/room/testing";

const [TEXT, INSERT, DELETE, KICK, CURSOR] = [0, 1, 2, 3, 4];
const OUT = { code: 4012, reason: "the owner has shown you out" };
const load = (options) => MockRoom.load("build/pad.wasm", options);

/** An op, then numbers as 32 bits, then a text or bytes. */
function packet(op, ...parts) {
  return Buffer.concat([Buffer.of(op), ...parts.map((part) => {
    if (typeof part !== "number") return Buffer.from(part);
    const number = Buffer.alloc(4);
    number.writeUInt32LE(part);
    return number;
  })]);
}

/** A client: the text as it follows from what it has received. */
class Editor {
  constructor(room, user) {
    this.user = room.join({ user });
  }

  get #state() {
    let [revision, text] = [0, Buffer.alloc(0)];
    for (const received of this.user.received) {
      const bytes = Buffer.from(received);
      if (bytes[0] === CURSOR) continue;
      revision = bytes.readUInt32LE(1);
      if (bytes[0] === TEXT) {
        text = bytes.subarray(5);
        continue;
      }
      const at = bytes.readUInt32LE(5);
      const [added, removed] = bytes[0] === INSERT ? [bytes.subarray(9), 0] : [Buffer.alloc(0), bytes.readUInt32LE(9)];
      text = Buffer.concat([text.subarray(0, at), added, text.subarray(at + removed)]);
    }
    return { revision, text: text.toString() };
  }

  get text() {
    return this.#state.text;
  }

  get revision() {
    return this.#state.revision;
  }

  get cursors() {
    return this.user.received.filter((bytes) => bytes[0] === CURSOR)
      .map((bytes) => [Buffer.from(bytes).readUInt32LE(1), Buffer.from(bytes.subarray(5)).toString()]);
  }

  insert(at, text, revision = this.revision) {
    this.user.send(packet(INSERT, revision, at, text));
  }

  delete(at, count, revision = this.revision) {
    this.user.send(packet(DELETE, revision, at, count));
  }
}

test("all see one text, and so does whoever comes late", () => {
  const room = load();
  const [ann, bob] = [new Editor(room, "ann"), new Editor(room, "bob")];
  ann.insert(0, "hello wörld");
  bob.insert(5, ", dear");
  ann.delete(0, 5);
  bob.insert(0, "😀");
  const late = new Editor(room, "late");
  assert.deepEqual([ann.text, bob.text, late.text], Array(3).fill("😀, dear wörld"));
  assert.deepEqual([ann.revision, late.revision], [4, 4]);
});

test("an edit of an older text changes nothing, and its sender gets the text as it is", () => {
  const room = load();
  const [ann, bob] = [new Editor(room, "ann"), new Editor(room, "bob")];
  ann.insert(0, "ann was faster");
  const heard = ann.user.received.length;
  bob.insert(0, "bob", 0);
  assert.deepEqual([...bob.user.received.at(-1)], [...packet(TEXT, 1, "ann was faster")]);
  assert.equal(ann.user.received.length, heard);
});

test("the text outlives those who write it", () => {
  const room = load();
  const ann = new Editor(room, "ann");
  ann.insert(0, "still here");
  ann.user.leave();
  assert.equal(new Editor(room, "bob").text, "still here");
});

test("where others write is known to those who come later, until they leave", () => {
  const room = load();
  const [ann, bob] = [new Editor(room, "ann"), new Editor(room, "bob")];
  ann.user.send(packet(CURSOR, 7));
  ann.user.send(packet(CURSOR, 9));
  assert.deepEqual([bob.cursors, ann.cursors], [[[7, "ann"], [9, "ann"]], []]);
  assert.deepEqual(new Editor(room, "zoe").cursors, [[9, "ann"]]);
  ann.user.leave();
  assert.deepEqual(new Editor(room, "kim").cursors, []);
});

test("the owner shows a user out with all of their connections, and nobody else does", () => {
  const room = load();
  const [ann, bob, zoe] = ["ann", "bob", "zoe"].map((user) => room.join({ user }));
  const tab = room.join({ user: "bob" });
  bob.send(packet(KICK, "ann"));
  zoe.send(packet(KICK, "bob"));
  ann.send(packet(KICK, "ann"));
  assert.equal(room.connections.length, 4);
  ann.send(packet(KICK, "bob"));
  assert.deepEqual([bob.closed, tab.closed, zoe.connected], [OUT, OUT, true]);
  assert.deepEqual(room.join({ user: "bob" }).refused, OUT);
  ann.leave();
  room.advance(60 * 60 * 1_000);
  assert.equal(room.join({ user: "bob" }).connected, true);
  zoe.send(packet(KICK, "bob"));
  assert.equal(room.connections.length, 2);
});

test("only those come in of whom the host knows who they are, and fifty of them", () => {
  const room = load();
  assert.equal(room.join("c1").refused.code, 4011);
  for (let i = 0; i < 50; i++) assert.equal(room.join({ user: `user-${i}` }).connected, true);
  assert.deepEqual(room.join({ user: "late" }).refused, { code: 4010, reason: "the pad is full" });
});

test("a text has 32 KiB, and an edit four", () => {
  const room = load();
  const ann = new Editor(room, "ann");
  for (let i = 0; i < 8; i++) ann.insert(0, "x".repeat(4_096));
  ann.insert(0, "y");
  assert.equal(ann.text, "x".repeat(32_768));
  ann.delete(0, 32_768);
  ann.insert(0, "y".repeat(4_097));
  assert.equal(ann.text, "");
});

test("a hostile client makes no hook fail, and spoils neither this text nor another room's", () => {
  const [room, other] = [load(), load({ id: "other" })];
  const [ann, cleo] = [new Editor(room, "ann"), new Editor(other, "cleo")];
  ann.insert(0, "añn");
  cleo.insert(0, "cleo");
  const mallory = room.join({ user: "mallory" });
  const max = 0xffff_ffff;
  const nasty = [
    Buffer.alloc(0), Buffer.of(255), packet(TEXT, 9, "mine"), packet(INSERT), packet(DELETE), packet(KICK), packet(CURSOR),
    packet(CURSOR, max), packet(INSERT, 1, max, "x"), packet(INSERT, 1, 5, "x"), packet(INSERT, 1, 2, "cuts ñ in two"),
    packet(INSERT, 1, 0, Buffer.of(0xff)), packet(INSERT, 1, 0, Buffer.of(0xc3)), packet(INSERT, 1, 0, Buffer.of(0xed, 0xa0, 0x80)),
    packet(INSERT, 1, 0, "x".repeat(1_000_000)), packet(DELETE, 1, 0, max), packet(DELETE, 1, max, max), packet(DELETE, 1, 1, 1),
    packet(DELETE, 1, 0, 5), packet(INSERT, max, 0, "x"), packet(KICK, "ann"), packet(KICK, Buffer.of(0xff, 0xfe)), packet(9, 1, 2),
  ];
  for (let i = 0; i < 500; i++) mallory.send(nasty[i % nasty.length]);
  mallory.send("a text, which the room does not take");
  assert.equal(mallory.closed.code, 1003);
  assert.deepEqual([ann.user.connected, ann.text, ann.revision, cleo.text], [true, "añn", 1, "cleo"]);
  ann.insert(4, "!");
  assert.equal(ann.text, "añn!");
});
