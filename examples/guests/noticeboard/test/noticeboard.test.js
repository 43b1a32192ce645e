import assert from "node:assert/strict";
import { test } from "node:test";
import { MockRoom } from "@cloudramp/room/testing";

const load = () => MockRoom.load("build/noticeboard.wasm");
const post = (room, body) => room.request("/notices", { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });

test("what a webhook posts is shown to everybody, and kept for those who come", () => {
  const room = load();
  const before = room.join("ann");
  const answer = post(room, { title: "build 17 has failed", url: "https://example.org/17" });
  const notice = { title: "build 17 has failed", url: "https://example.org/17", at: room.time };
  assert.deepEqual([answer.status, answer.json()], [201, notice]);
  assert.deepEqual(before.received, ["[]", JSON.stringify([notice])]);
  assert.deepEqual(JSON.parse(room.join("late").received[0]), [notice]);
  assert.deepEqual(room.request("/notices").json(), [notice]);
});

test("a board keeps the last twenty", () => {
  const room = load();
  for (let i = 1; i <= 25; i++) post(room, { title: `notice ${i}` });
  const titles = room.request("/notices").json().map(({ title }) => title);
  assert.deepEqual([titles.length, titles[0], titles.at(-1)], [20, "notice 6", "notice 25"]);
});

test("what makes no sense is answered, and changes nothing", () => {
  const room = load();
  assert.equal(room.request("/").status, 404);
  const put = room.request("/notices", { method: "PUT" });
  assert.deepEqual([put.status, put.headers.allow], [405, "GET, HEAD, POST"]);
  for (const body of ["", "hello", "[]", '{"title":7}', "[".repeat(10_000)]) assert.equal(post(room, body).status, 400);
  for (const title of ["", "x".repeat(201)]) assert.equal(post(room, { title }).status, 422);
  assert.deepEqual(room.request("/notices").json(), []);
});
