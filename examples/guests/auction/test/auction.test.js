import assert from "node:assert/strict";
import { test } from "node:test";
import { MockRoom } from "@cloudramp/room/testing";

const load = (options) => MockRoom.load("build/auction.wasm", options);
const say = (user, request) => user.send(JSON.stringify(request));
const heard = (user) => JSON.parse(user.received.at(-1));
const OPEN = { type: "open", item: "a vase", price: 100, seconds: 60 };

test("an auction closes itself, and the highest bid has won", () => {
  const room = load();
  const [ann, bob, zoe] = ["ann", "bob", "zoe"].map((user) => room.join({ user }));
  say(ann, OPEN);
  say(bob, { type: "bid", price: 120 });
  say(zoe, { type: "bid", price: 130.5 });
  room.advance(59_999);
  assert.equal(heard(ann).closed, false);
  room.advance(1);
  for (const user of [ann, bob, zoe]) {
    const { closed, winner, price } = heard(user);
    assert.deepEqual({ closed, winner, price }, { closed: true, winner: "zoe", price: 130.5 });
  }
});

test("it closes though everybody has gone, and who comes late hears all of it", () => {
  const room = load();
  const ann = room.join({ user: "ann" });
  const bob = room.join({ user: "bob" });
  say(ann, OPEN);
  say(bob, { type: "bid", price: 120 });
  ann.leave();
  bob.leave();
  room.advance(3_600_000);
  const { item, seller, closed, winner, bids } = heard(room.join({ user: "late" }));
  assert.deepEqual({ item, seller, closed, winner, bids }, {
    item: "a vase", seller: "ann", closed: true, winner: "bob", bids: [{ bidder: "bob", price: 120 }],
  });
});

test("a bid in the last moments leaves ten seconds to answer it", () => {
  const room = load();
  const ann = room.join({ user: "ann" });
  const bob = room.join({ user: "bob" });
  say(ann, OPEN);
  room.advance(59_000);
  say(bob, { type: "bid", price: 120 });
  room.advance(9_999);
  assert.equal(heard(ann).closed, false);
  room.advance(1);
  assert.equal(heard(ann).winner, "bob");
});

test("nobody has won what nobody wanted, and the seller may sell the next", () => {
  const room = load();
  const ann = room.join({ user: "ann" });
  say(ann, OPEN);
  room.advance(60_000);
  assert.deepEqual([heard(ann).closed, heard(ann).winner], [true, null]);
  const bob = room.join({ user: "bob" });
  say(bob, OPEN);
  assert.equal(heard(bob).reason, "this room is another seller's");
  say(ann, { ...OPEN, item: "a clock" });
  assert.deepEqual([heard(bob).item, heard(bob).closed], ["a clock", false]);
});

test("what cannot be is refused, and only its sender hears of it", () => {
  const room = load();
  const ann = room.join({ user: "ann" });
  const bob = room.join({ user: "bob" });
  say(bob, { type: "bid", price: 1 });
  assert.equal(heard(bob).reason, "no auction is open");
  say(ann, OPEN);
  const before = ann.received.length;
  for (const [request, reason] of [
    [{ type: "bid", price: 100 }, "bid more than 100.0"],
    [{ type: "bid", price: -1 }, "bid more than 100.0"],
    [{ type: "bid", price: 1e300 }, "bid more than 100.0"],
    [{ type: "open", item: "x", price: 1, seconds: 1 }, "an auction is open already"],
    [{ type: "close" }, "say 'open' or 'bid'"],
  ]) {
    say(bob, request);
    assert.equal(heard(bob).reason, reason);
  }
  say(ann, { type: "bid", price: 200 });
  assert.equal(heard(ann).reason, "this is your own auction");
  assert.equal(ann.received.length, before + 1);
});

test("a hostile client makes no hook fail, and closes neither this auction nor another room's", () => {
  const room = load();
  const other = load({ id: "other" });
  const ann = room.join({ user: "ann" });
  const cleo = other.join({ user: "cleo" });
  say(ann, OPEN);
  say(cleo, OPEN);
  const mallory = room.join({ user: "mallory" });
  const nasty = [
    "", "hello", "null", "[]", "{", '{"type":"bid","price":1e999}', '{"type":"bid","price":"120"}', '{"type":"bid"}',
    '{"type":"open","item":"x","price":0,"seconds":-1}', `{"type":"open","item":${JSON.stringify("x".repeat(100_000))}}`,
    `${"[".repeat(10_000)}${"]".repeat(10_000)}`, '{"type":"open","seconds":99999999999}', "\u0000", '{"__proto__":1,"type":7}',
  ];
  for (let i = 0; i < 1_000; i++) mallory.send(nasty[i % nasty.length]);
  room.advance(59_000);
  assert.equal(heard(ann).closed, false);
  assert.equal(heard(cleo).closed, false);
  assert.equal(mallory.received.length, 1_001);
  room.advance(1_000);
  assert.equal(heard(ann).closed, true);
});

test("history and names have a bound", () => {
  const room = load();
  const ann = room.join({ user: "ann" });
  const bob = room.join({ user: "bob" });
  say(ann, OPEN);
  for (let i = 1; i <= 60; i++) say(bob, { type: "bid", price: 100 + i });
  assert.equal(heard(ann).bids.length, 50);
  assert.equal(heard(ann).bids.at(-1).price, 160);
});
