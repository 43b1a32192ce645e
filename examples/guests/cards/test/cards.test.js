import assert from "node:assert/strict";
import { test } from "node:test";
import { MockRoom } from "@cloudramp/room/testing";

const load = (options) => MockRoom.load("build/cards.wasm", options);
const say = (user, type, card) => user.send(JSON.stringify({ type, card }));
const view = (user) => JSON.parse(user.received.filter((text) => text.includes("seats")).at(-1));
const error = (user) => JSON.parse(user.received.at(-1)).error;
const handOf = (user) => view(user).seats.find((seat) => seat.user === user.user).hand;
/** Of these, whose turn it is. */
const next = (players) => players.find(({ user }) => user === view(players[0]).turn);

/** A game of these, which has been dealt. */
function begin(room, ...users) {
  const players = users.map((user) => room.join({ user }));
  for (const player of players) say(player, "sit");
  say(players[0], "deal");
  return players;
}

/** Whoever's turn it is plays what matches, or draws. */
function move(players) {
  const { top } = view(players[0]);
  const player = next(players);
  const card = handOf(player).find(([rank, suit]) => rank === top[0] || suit === top[1]);
  if (card) say(player, "play", card);
  else say(player, "draw");
}

test("each holds five cards that nobody else has, and sees only those", () => {
  const players = begin(load(), "ann", "bob", "zoe", "kim");
  const hands = players.flatMap(handOf);
  assert.equal(new Set([...hands, view(players[0]).top]).size, 21);
  for (const player of players) {
    const { seats, deck } = view(player);
    assert.deepEqual(seats.map(({ cards }) => cards), [5, 5, 5, 5]);
    assert.deepEqual(seats.filter(({ user }) => user !== player.user).flatMap(({ hand }) => hand), []);
    assert.deepEqual(deck, []);
  }
});

test("a game is played to its end, and then the next can be dealt", () => {
  const room = load();
  const players = begin(room, "ann", "bob", "zoe");
  let moves = 0;
  for (; view(players[0]).winner === "" && moves < 1_000; moves++) move(players);
  const { winner, seats } = view(players[0]);
  assert.equal(seats.find(({ user }) => user === winner).cards, 0);
  assert.equal(room.timers.next(Infinity), undefined);
  say(players[1], "deal");
  assert.deepEqual(view(players[2]).seats.map(({ cards }) => cards), [5, 5, 5]);
});

test("whoever comes back, also while others see the game from elsewhere, holds the same hand", () => {
  const room = load();
  const [ann, bob] = begin(room, "ann", "bob");
  const hand = handOf(ann);
  ann.leave(1006);
  if (next([ann, bob]) === bob) move([bob]);
  const phone = room.join({ user: "ann" });
  const laptop = room.join({ user: "ann" });
  assert.deepEqual([handOf(phone), handOf(laptop)], [hand, hand]);
  say(laptop, "draw");
  assert.equal(handOf(phone).length, 6);
});

test("others watch, and see no hand", () => {
  const room = load();
  begin(room, "ann", "bob");
  const zoe = room.join({ user: "zoe" });
  assert.deepEqual(view(zoe).seats.map(({ user, cards, hand }) => [user, cards, hand]), [["ann", 5, []], ["bob", 5, []]]);
  for (const wish of ["deal", "draw", "play"]) {
    say(zoe, wish);
    assert.equal(error(zoe), "you are watching");
  }
  say(zoe, "sit");
  assert.equal(error(zoe), "there is no seat for you now");
});

test("whoever does not play within thirty seconds draws a card", () => {
  const room = load();
  const [ann, bob] = begin(room, "ann", "bob");
  const player = next([ann, bob]);
  room.advance(29_999);
  assert.equal(handOf(player).length, 5);
  room.advance(1);
  assert.equal(handOf(player).length, 6);
  room.advance(30_000);
  assert.deepEqual([handOf(ann).length, handOf(bob).length], [6, 6]);
});

test("nobody plays out of turn, or what they do not hold", () => {
  const room = load();
  const players = begin(room, "ann", "bob");
  const player = next(players);
  const other = players.find((each) => each !== player);
  say(other, "play", handOf(other)[0]);
  assert.equal(error(other), "it is not your turn");
  say(player, "play", handOf(other)[0]);
  assert.equal(error(player), "you do not hold that card");
  const { top } = view(player);
  const wrong = handOf(player).find(([rank, suit]) => rank !== top[0] && suit !== top[1]);
  if (wrong) {
    say(player, "play", wrong);
    assert.equal(error(player), "it does not match");
  }
  assert.equal(next(players), player);
});

test("a hostile client makes no hook fail, and stops neither this game nor another room's", () => {
  const [room, other] = [load(), load({ id: "other" })];
  const players = begin(room, "ann", "bob");
  const elsewhere = begin(other, "cleo", "dan");
  const before = view(elsewhere[0]);
  const mallory = room.join({ user: "mallory" });
  const nasty = [
    "", "hello", "null", "[]", "{", "\u0000", '{"type":7}', '{"type":"play","card":null}', '{"type":"play","card":"♠"}',
    `{"type":"play","card":${JSON.stringify("x".repeat(100_000))}}`, '{"type":"sit"}', '{"type":"deal"}', '{"type":"draw"}',
    `${"[".repeat(10_000)}${"]".repeat(10_000)}`, '{"__proto__":{"type":"draw"}}', '{"type":"play","card":"AS"}',
  ];
  for (const hostile of [mallory, players[1]]) for (let i = 0; i < 300; i++) hostile.send(nasty[i % nasty.length]);
  assert.equal(players[0].connected && players[1].connected, true);
  assert.deepEqual(view(players[0]).seats.map(({ user }) => user), ["ann", "bob"]);
  for (let moves = 0; view(players[0]).winner === "" && moves < 1_000; moves++) move(players);
  assert.notEqual(view(players[0]).winner, "");
  assert.deepEqual(view(elsewhere[0]), before);
});
