import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { roomOf } from "../test-support/compile-room.js";

describe("text", async () => {
  const echo = await roomOf(`
    import { Connection } from "@cloudramp/room";
    export function onMessage(from: Connection, text: string): void { from.send(text); }
  `);
  const texts = {
    "that is empty": "",
    "with commas and quotes": 'a,b,"c",\\',
    "with a NUL": "a\0b",
    "of two bytes a character": "äöüß£¥",
    "of three bytes a character": "日本語€",
    "of emoji, with joiners and flags": "👩‍👩‍👧‍👦 🇦🇹 🎉",
    "of every boundary of UTF-8": "\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}",
    "of 64 KiB": "x".repeat(65_536),
    "of a megabyte, of four bytes a character": "🎉".repeat(262_144),
    "one byte under the inbox, at it and above it": "y".repeat(4_096),
  };
  for (const [name, text] of Object.entries(texts)) {
    test(`${name} arrives as it was sent`, () => {
      const ann = echo({ limits: { requestBytes: 2 << 20 } }).join("ann");
      ann.send(text);
      assert.equal(ann.received.length, 1);
      assert.equal(ann.received[0], text);
    });
  }

  test("of every length around the sizes of the buffers arrives as it was sent", () => {
    const ann = echo().join("ann");
    for (let length = 4_000; length < 4_100; ++length) {
      const text = "é".repeat(length % 7) + "z".repeat(length);
      ann.send(text);
      assert.equal(ann.received.at(-1), text);
    }
  });

  test("that a program cut in the middle of an emoji leaves with U+FFFD, and with the right length", async () => {
    const cut = await roomOf(`
      import { Connection } from "@cloudramp/room";
      export function onMessage(from: Connection, text: string): void {
        from.send(text.substring(0, 1) + "|" + text.substring(1) + "|end");
        from.send(text.charAt(1) + text.charAt(0));
      }
    `);
    const ann = cut().join("ann");
    ann.send("🎉");
    assert.deepEqual(ann.received, ["\ufffd|\ufffd|end", "\ufffd\ufffd"]);
  });
});

test("random text, of all kinds of characters mixed, arrives as TextEncoder and TextDecoder have it", async () => {
  const mirror = await roomOf(`
    import { Connection, Message } from "@cloudramp/room";
    export function onMessage(from: Connection, message: Message): void { from.send(message.text); }
  `);
  const ann = mirror().join("ann");
  const kinds = [0x20, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff];
  let state = 1;
  const random = (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % bound;
  };
  for (let round = 0; round < 300; ++round) {
    const points = Array.from({ length: random(40) }, () => (random(3) === 0 ? kinds[random(kinds.length)] : 0x61));
    const text = String.fromCodePoint(...points);
    ann.send(text);
    assert.equal(ann.received.at(-1), text);
  }
});

test("bytes that are no UTF-8 can be read as text without harm", async () => {
  const read = await roomOf(`
    import { Connection, Message } from "@cloudramp/room";
    export function onMessage(from: Connection, message: Message): void { from.send("[" + message.text + "]"); }
  `);
  const ann = read().join("ann");
  const cutOff = [[0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x8e], [0xff], [0x80], [0x61, 0xf0, 0x9f]];
  for (const bytes of cutOff) {
    ann.send(Uint8Array.from(bytes));
    assert.match(ann.received.at(-1), /^\[a?.{1,3}\]$/su);
  }
  const random = Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7919) >> 3);
  ann.send(random);
  assert.match(ann.received.at(-1), /^\[.*\]$/s);
});

test("binary messages of every byte and of 64 KiB arrive as they were sent", async () => {
  const echo = await roomOf(`
    import { Connection } from "@cloudramp/room";
    export function onMessage(from: Connection, data: ArrayBuffer): void { from.sendBytes(data); }
  `);
  const ann = echo().join("ann");
  const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
  const large = Uint8Array.from({ length: 65_536 }, (_, index) => index * 31);
  ann.send(everyByte);
  ann.send(large);
  assert.deepEqual(ann.received, [everyByte, large]);
});
