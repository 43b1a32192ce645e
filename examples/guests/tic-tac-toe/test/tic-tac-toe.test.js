import assert from "node:assert/strict";
import { test } from "node:test";
import { MockRoom } from "@cloudramp/room/testing";

/** Two who play; `play(0, 4, …)` makes their moves in turn. */
function open() {
  const room = MockRoom.load("build/tic-tac-toe.wasm");
  const players = [room.join("ann"), room.join("bob")];
  const play = (...cells) => cells.forEach((cell, move) => players[move % 2].send(String(cell)));
  return { room, players, play, last: () => players[0].received.at(-1) };
}

test("the first two are told their mark, and the third why it is turned away", () => {
  const { room, players: [ann, bob] } = open();
  assert.deepEqual(ann.received, ["you are X", "......... X's turn"]);
  assert.deepEqual(bob.received, ["you are O", "......... X's turn"]);
  assert.deepEqual(room.join("eve").refused, { code: 4010, reason: "two are playing here already" });
  assert.deepEqual(room.connections, ["ann", "bob"]);
});

test("a row, a column and a diagonal win", () => {
  for (const [moves, board] of [
    [[0, 3, 1, 4, 2], "XXXOO.... X wins"],
    [[0, 1, 3, 4, 8, 7], "XO.XO..OX O wins"],
    [[0, 1, 4, 2, 8], "XOO.X...X X wins"],
  ]) {
    const { play, last } = open();
    play(...moves);
    assert.equal(last(), board);
  }
});

test("a full board without a line is nobody's, and the next message starts a new game", () => {
  const { play, last } = open();
  play(0, 1, 2, 4, 3, 5, 7, 6, 8);
  assert.equal(last(), "XOXXOOOXX nobody wins");
  play(0);
  assert.equal(last(), "......... X's turn");
});

test("a move out of turn, onto a taken cell, or onto no cell at all changes nothing", () => {
  const { players: [ann, bob], play } = open();
  bob.send("0");
  assert.equal(bob.received.at(-1), "it is not your turn");
  play(4);
  for (const nonsense of ["4", "9", "-1", "", "44", "four", "🎉"]) {
    bob.send(nonsense);
    assert.equal(bob.received.at(-1), "choose a free cell, 0 to 8");
  }
  bob.send("0");
  assert.equal(ann.received.at(-1), "O...X.... X's turn");
});

test("somebody new can take the place of one who left", () => {
  const { room, players: [ann, bob], last } = open();
  bob.leave();
  assert.equal(last(), "the other player has left");
  ann.send("0");
  assert.equal(last(), "wait for the other player");
  assert.deepEqual(room.join("cid").received, ["you are O", "......... X's turn"]);
});
