import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCode, MockRoom } from "@cloudramp/room/testing";

/** A room, and the points that the host's plugin, of which this is a stand-in, was told to add. */
function quiz() {
  const points = new Map();
  const functions = {
    "leaderboard.add": (request) => {
      const player = request.string();
      points.set(player, (points.get(player) ?? 0) + request.i32());
    },
    "leaderboard.top": (request, response) => {
      const best = [...points].sort(([, a], [, b]) => b - a).slice(0, request.i32());
      response.list(best.map(([player, sum]) => `${player} ${sum}`), (to, line) => to.string(line));
    },
  };
  return { room: MockRoom.load("build/quiz.wasm", { functions }), points };
}

const FIRST = "1/3 What is the capital of Australia?";
const SECOND = "2/3 How many legs does a spider have?";

test("whoever is first with the answer gets points, and everybody the next question", () => {
  const { room, points } = quiz();
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  ann.send("start");
  bob.send(" Canberra ");
  assert.deepEqual(ann.received.slice(1), [FIRST, "bob knows it: 10 points", SECOND]);
  assert.deepEqual([...points], [["bob", 10]]);
});

test("a late answer gives fewer points, and one after the time none", () => {
  const { room, points } = quiz();
  const ann = room.join("ann");
  ann.send("start");
  room.advance(19_999);
  ann.send("canberra");
  assert.equal(points.get("ann"), 2);
  room.advance(20_000);
  ann.send("8");
  assert.equal(points.get("ann"), 2);
  assert.deepEqual(ann.received.slice(-2), ["Time is up. The answer is 8.", "3/3 Which planet is nearest to the sun?"]);
});

test("everybody has one answer, and when nobody has one left the next question comes", () => {
  const { room, points } = quiz();
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  ann.send("start");
  ann.send("Sydney");
  ann.send("Canberra");
  assert.deepEqual(ann.received.slice(-2), ["No.", "You have answered already."]);
  bob.send("Melbourne");
  assert.deepEqual(ann.received.slice(-2), ["Nobody knows. The answer is canberra.", SECOND]);
  assert.equal(points.size, 0);
});

test("nobody waits for somebody who has left", () => {
  const { room } = quiz();
  const [ann, bob] = [room.join("ann"), room.join("bob")];
  ann.send("start");
  ann.send("Sydney");
  bob.leave();
  assert.equal(ann.received.at(-1), SECOND);
});

test("whoever joins learns what is asked", () => {
  const { room } = quiz();
  const ann = room.join("ann");
  assert.deepEqual(ann.received, ["Send 'start' to begin, 'top' to see the best."]);
  ann.send("start");
  assert.deepEqual(room.join("bob").received, [FIRST]);
});

test("after the last question the best can be seen, and a new game begun", () => {
  const { room } = quiz();
  const ann = room.join("ann");
  for (const text of ["start", "canberra", "8", "mercury"]) ann.send(text);
  assert.equal(ann.received.at(-1), "That was the last one. Send 'top' to see the best.");
  ann.send("top");
  assert.equal(ann.received.at(-1), "The best: ann 30");
  ann.send("start");
  assert.equal(ann.received.at(-1), FIRST);
});

test("the game goes on when the plugin fails", () => {
  const { room } = quiz();
  const ann = room.join("ann");
  ann.send("start");
  room.failNextCall("leaderboard.add", ErrorCode.internal, "out of order");
  ann.send("canberra");
  assert.equal(ann.received.at(-1), SECOND);
  assert.deepEqual(room.log, [{ level: "warn", text: "ann did not get 10 points: out of order" }]);
  room.failNextCall("leaderboard.top", ErrorCode.timeout);
  ann.send("top");
  assert.equal(ann.received.at(-1), "The leaderboard does not answer.");
});
