import assert from "node:assert/strict";
import { test } from "node:test";
import { compileProgram, roomOf } from "../test-support/compile-room.js";

const HOOK = `
  import { Connection, Request, Response, kv, room } from "@cloudramp/room";
  export function onJoin(who: Connection): void {}
  export function onRequest(request: Request): Response {
    if (request.path == "/fail") assert(false);
    if (request.path == "/cookie") return new Response("x").header("Set-Cookie", "a=1");
    if (request.path == "/status") return new Response("x", 99);
    if (request.path == "/bytes") return Response.bytes(request.body, "image/png", 201).header("ETag", "1").header("etag", "2");
    if (request.method == "POST") {
      room.broadcast(request.text);
      kv.set("last", request.text);
      return Response.json('{"n":1}').header("x-room-seen", "é" == request.text ? "é?" : "yes");
    }
    const agent = request.header("User-AGENT");
    return new Response([request.method, request.path, request.query, agent ? agent : "-", request.user, request.info].join("|"));
  }
`;

test("a room is asked by HTTP, is told all of it, and answers", async () => {
  const room = (await roomOf(HOOK))();
  const asked = room.request("/a/b?c=d?e", { headers: { "user-agent": "test" }, user: "ann", info: { n: 1 } });
  assert.equal(asked.text, 'GET|/a/b|c=d?e|test|ann|{"n":1}');
  assert.deepEqual([asked.status, asked.headers], [200, { "content-type": "text/plain; charset=utf-8" }]);
  assert.equal(room.request("/").text, "GET|/||-||");
});

test("a request does what other hooks do, and its answer comes with it", async () => {
  const room = (await roomOf(HOOK))();
  const ann = room.join("ann");
  const answer = room.request("/hook", { method: "POST", body: "sold" });
  assert.deepEqual([answer.json(), answer.headers["x-room-seen"]], [{ n: 1 }, "yes"]);
  assert.deepEqual(ann.received, ["sold"]);
  assert.equal(room.kv.get("last"), "sold");
});

test("bytes come back as they are, and a header that is set again is replaced", async () => {
  const room = (await roomOf(HOOK))();
  const answer = room.request("/bytes", { method: "PUT", body: new Uint8Array([0, 255, 128]) });
  assert.deepEqual([...answer.body], [0, 255, 128]);
  assert.deepEqual([answer.status, answer.headers], [201, { "content-type": "image/png", etag: "2" }]);
});

test("what a room may not answer ends the hook, and nothing of it happens", async () => {
  const room = (await roomOf(HOOK))();
  assert.throws(() => room.request("/cookie"), /may not answer with the header "set-cookie"/);
  assert.throws(() => room.request("/status"), /status 99 is not from 200 to 599/);
  assert.throws(() => room.request("/x", { method: "POST", body: "é" }), /characters than those of ASCII/);
  assert.throws(() => room.request("/fail"));
  assert.deepEqual(room.events, []);
});

test("a room without onRequest answers 404, and one that says nothing 204", async () => {
  const without = (await roomOf(`
    import { Connection } from "@cloudramp/room";
    export function onJoin(who: Connection): void {}
  `))();
  assert.equal(without.request("/").status, 404);
  const silent = (await roomOf(`
    import { Request, Room } from "@cloudramp/room";
    export class Silent extends Room { onRequest(request: Request): void {} }
  `))();
  assert.equal(silent.request("/").status, 204);
});

test("what a server does not pass on is an error of the test", async () => {
  const room = (await roomOf(HOOK))();
  assert.throws(() => room.request("no-slash"), /begins with a slash/);
  assert.throws(() => room.request("/", { method: "get" }), /no method/);
  assert.throws(() => room.request("/", { headers: { "a b": "c" } }), /name/);
});

test("a hook that returns something else is told what it may return", async () => {
  const { report } = await compileProgram(`
    import { Request } from "@cloudramp/room";
    export function onRequest(request: Request): string { return ""; }
  `);
  assert.match(report, /'onRequest' returns 'string'; it must be 'Response', or 'void' to answer with 204/);
});
