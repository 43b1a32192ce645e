import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bindingsOf } from "../cli/plugin-source.js";
import { HostFunctionError } from "../testing/index.js";
import { roomOf } from "../test-support/compile-room.js";

const SDK = fileURLToPath(new URL("..", import.meta.url));
const TSC = path.join(SDK, "node_modules/typescript/bin/tsc");
const run = promisify(execFile);
const { ROOM_SERVER, ROOM_TOKEN, ...environment } = process.env;

const LEADERBOARD = {
  name: "leaderboard",
  functions: [
    { name: "add", kind: "effect", parameters: ["STRING", "I32"], names: ["player", "points"], result: null },
    { name: "of", kind: "query", parameters: ["STRING"], result: "I32" },
  ],
};
const TYPES = ["STRING", "BYTES", "BOOL", "I32", "I64", "F64", "DATA", "LIST_OF_STRING", "LIST_OF_LIST_OF_STRING",
  "OPTIONAL_BYTES", "LIST_OF_OPTIONAL_BYTES"];
/** A plugin that gives back what it is given, of each type. */
const MIRROR = {
  name: "mirror",
  functions: TYPES.map((type) => ({ name: nameOf(type), kind: "query", parameters: [type], result: type })),
};

/** `LIST_OF_STRING` as `listOfString`. */
function nameOf(type) {
  return type.toLowerCase().replace(/_./g, ([, letter]) => letter.toUpperCase());
}

const withPlugin = (program, plugin) =>
  roomOf(program, { files: { [`assembly/plugins/${plugin.name}.ts`]: bindingsOf(plugin) } });

describe("the functions of a plugin", () => {
  const PROGRAM = `
    import { Connection } from "@cloudramp/room";
    import { leaderboard } from "./plugins/leaderboard";

    export function onMessage(from: Connection, text: string): void {
      leaderboard.add(from.id, text.length);
      const points = leaderboard.tryOf(from.id);
      from.send(points.ok ? points.value.toString() : "error " + points.error!.code.toString());
    }
  `;
  const asked = [];
  const add = (request) => void asked.push([request.string(), request.i32()]);

  test("reach the host, with their arguments and its answer", async () => {
    const open = await withPlugin(PROGRAM, LEADERBOARD);
    const ann = open({
      functions: { "leaderboard.add": add, "leaderboard.of": (request, response) => response.i32(request.string().length) },
    }).join("ann");
    ann.send("hello");
    assert.deepEqual(asked, [["ann", 5]]);
    assert.deepEqual(ann.received, ["3"]);
  });

  test("give a program the host's error when it asks for that", async () => {
    const open = await withPlugin(PROGRAM, LEADERBOARD);
    const of = () => {
      throw new HostFunctionError(64, "no such player");
    };
    const ann = open({ functions: { "leaderboard.add": add, "leaderboard.of": of } }).join("ann");
    ann.send("hello");
    assert.deepEqual(ann.received, ["error 64"]);
  });

  test("take and give every type there is", async () => {
    const open = await withPlugin(`
      import { Connection, Message } from "@cloudramp/room";
      import { mirror } from "./plugins/mirror";

      export function onMessage(from: Connection, text: string): void {
        const bytes = String.UTF8.encode(text);
        const some = mirror.optionalBytes(bytes);
        const none = mirror.optionalBytes(null);
        const several = mirror.listOfOptionalBytes([bytes, null]);
        const lists = mirror.listOfListOfString([["a", text], [], ["c"]]);
        const message = mirror.data(new Message(false, bytes));
        from.send([
          mirror.string(text), String.UTF8.decode(mirror.bytes(bytes)), mirror.bool(true).toString(),
          mirror.i32(-1).toString(), mirror.i64(i64.MIN_VALUE).toString(), mirror.f64(0.5).toString(),
          message.text + message.isText.toString(), mirror.listOfString(["a", "b"]).join("+"),
          lists.length.toString() + lists[0].join("+") + lists[2].join("+"),
          some === null ? "nothing" : String.UTF8.decode(some), none === null ? "nothing" : "something",
          several.length.toString(), several[1] === null ? "nothing" : "something",
        ].join(" "));
      }`, MIRROR);
    const optional = (from) => (from.u8() ? from.bytes() : null);
    const writeOptional = (to, value) => to.optional(value, (each, bytes) => each.bytes(bytes));
    const functions = {
      "mirror.string": (request, response) => response.string(request.string()),
      "mirror.bytes": (request, response) => response.bytes(request.bytes()),
      "mirror.bool": (request, response) => response.bool(request.bool()),
      "mirror.i32": (request, response) => response.i32(request.i32()),
      "mirror.i64": (request, response) => response.i64(request.i64()),
      "mirror.f64": (request, response) => response.f64(request.f64()),
      "mirror.data": (request, response) => response.data(request.data()),
      "mirror.listOfString": (request, response) =>
        response.list(request.list((each) => each.string()), (to, each) => to.string(each)),
      "mirror.listOfListOfString": (request, response) => response.list(
        request.list((list) => list.list((each) => each.string())), (to, list) => to.list(list, (item, each) => item.string(each))),
      "mirror.optionalBytes": (request, response) => writeOptional(response, optional(request)),
      "mirror.listOfOptionalBytes": (request, response) => response.list(request.list(optional), writeOptional),
    };
    const ann = open({ functions }).join("ann");
    ann.send("ü");
    assert.deepEqual(ann.received, ["ü ü true -1 -9223372036854775808 0.5 üfalse a+b 3a+üc ü nothing 2 nothing"]);
  });

  test("may be called what a program cannot call them", async () => {
    const open = await withPlugin(`
      import { Connection } from "@cloudramp/room";
      import { string_ } from "./plugins/string";

      export function onJoin(who: Connection): void {
        string_.delete();
        string_.name_();
      }`, { name: "string", functions: [
      { name: "delete", kind: "effect", parameters: [], result: null },
      { name: "name", kind: "effect", parameters: [], result: null },
      { name: "tryName", kind: "effect", parameters: [], result: null },
    ] });
    const calls = [];
    const functions = { "string.delete": () => void calls.push("delete"), "string.name": () => void calls.push("name") };
    open({ functions }).join("ann");
    assert.deepEqual(calls, ["delete", "name"]);
  });

  test("have parameters by the names that their author gave them, and letters for the others", () => {
    const source = bindingsOf({ name: "game", functions: [
      { name: "move", kind: "effect", parameters: ["STRING", "I32", "I32"], names: ["player", null, "to"], result: null },
    ] });
    assert.match(source, /static move\(player: string, b: i32, to: i32\): void/);
  });

  test("may have parameters called what their own code is called", async () => {
    const names = ["error", "item", "i", "this", "string", "writeString", "requestAll", "receive"];
    const all = { name: "all", kind: "query", parameters: ["LIST_OF_OPTIONAL_BYTES"], result: "I32" };
    const open = await withPlugin(`
      import { Connection } from "@cloudramp/room";
      import { odd } from "./plugins/odd";

      export function onJoin(who: Connection): void {
        let sum = 0;
        ${names.map((_, i) => `sum += odd.tryAll${i}([null]).value;`).join(" ")}
        who.send(sum.toString());
      }`, { name: "odd", functions: names.map((name, i) => ({ ...all, name: `all${i}`, names: [name] })) });
    const functions = Object.fromEntries(names.map((_, i) => [`odd.all${i}`, (request, response) => response.i32(request.u32())]));
    assert.deepEqual(open({ functions }).join("ann").received, ["8"]);
  });

  for (const [what, plugin, reason] of [
    ["a parameter whose name is code", { name: "x", functions: [{ name: "y", parameters: ["I32"], names: ["a: i32"] }] },
      /'x\.y' has a parameter without a name/],
    ["a name that is code", { name: "x { }", functions: [] }, /has no name/],
    ["a function whose name is code", { name: "x", functions: [{ name: "y();" }] }, /function without a name/],
    ["a type of the future", { name: "x", functions: [{ name: "y", parameters: ["MAP"] }] }, /type 'MAP', which this SDK/],
  ]) {
    test(`cannot have ${what}`, () => assert.throws(() => bindingsOf(plugin), reason));
  }
});

describe("room bindings", () => {
  let directory;

  before(async () => {
    directory = path.join(await mkdtemp(path.join(tmpdir(), "room-bindings-")), "my-room");
    await mkdir(path.join(directory, "node_modules/@cloudramp"), { recursive: true });
    await symlink(SDK, path.join(directory, "node_modules/@cloudramp/room"));
    assert.equal((await room("new")).status, 0);
  });

  after(() => rm(path.dirname(directory), { recursive: true }));

  async function room(...words) {
    const cli = path.join(SDK, "cli/room.js");
    try {
      return { status: 0, ...await run(process.execPath, [cli, ...words], { cwd: directory, env: environment }) };
    } catch ({ code, stdout, stderr }) {
      return { status: code, stdout, stderr };
    }
  }

  const offer = (...modules) => JSON.stringify({ abi: 1, modules });

  test("writes what a server's plugins offer, without an error in the editor", async () => {
    const builtIn = { name: "room", functions: [{ name: "users", kind: "query", parameters: [], result: "LIST_OF_STRING" }] };
    const server = createServer((request, response) =>
      response.writeHead(request.url === "/api/functions" ? 200 : 404).end(offer(LEADERBOARD, MIRROR, builtIn)));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { status, stdout, stderr } = await room("bindings", `http://127.0.0.1:${server.address().port}`);
    server.close();

    assert.equal(status, 0, stderr);
    assert.equal(stdout, "wrote assembly/plugins/leaderboard.ts\nwrote assembly/plugins/mirror.ts\n");
    assert.deepEqual((await readdir(path.join(directory, "assembly/plugins"))).sort(), ["leaderboard.ts", "mirror.ts"]);
    const { stdout: complaints } = await run(process.execPath, [TSC, "-p", "assembly"], { cwd: directory })
      .catch((error) => error);
    assert.equal(complaints, "");
  });

  test("writes the same from a file", async () => {
    await writeFile(path.join(directory, "functions.json"), offer(LEADERBOARD));
    const { status, stderr } = await room("bindings", "functions.json");
    assert.equal(status, 0, stderr);
    assert.equal(await readFile(path.join(directory, "assembly/plugins/leaderboard.ts"), "utf8"), bindingsOf(LEADERBOARD));
  });

  for (const [what, text, reason] of [
    ["no JSON", "<html>", /no JSON/],
    ["something else", "{}", /describes no host functions/],
    ["another ABI", '{"abi":2,"modules":[]}', /speaks guest ABI 2; this SDK speaks 1/],
  ]) {
    test(`says that a file holds ${what}`, async () => {
      await writeFile(path.join(directory, "wrong.json"), text);
      const { status, stderr } = await room("bindings", "wrong.json");
      assert.equal(status, 1);
      assert.match(stderr, reason);
    });
  }

  test("passes on what a server says to whoever has no token, and sends the token that there is", async () => {
    const refusal = JSON.stringify({ error: { kind: "unauthenticated", message: "this needs a token" } });
    const server = createServer(({ headers }, response) =>
      headers.authorization === "Bearer secret" ? response.end(offer()) : response.writeHead(401).end(refusal));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = `http://127.0.0.1:${server.address().port}`;
    const without = await room("bindings", address);
    const withToken = await room("bindings", address, "--token", "secret");
    server.close();

    assert.equal(without.status, 1);
    assert.match(without.stderr, /says nothing of its functions: this needs a token \(unauthenticated\)/);
    assert.equal(withToken.status, 0, withToken.stderr);
  });

  test("says that there is no such file, and no such server", async () => {
    assert.match((await room("bindings", "absent.json")).stderr, /There is no file 'absent\.json'/);
    assert.match((await room("bindings", "http://127.0.0.1:1")).stderr, /No answer from http:\/\/127\.0\.0\.1:1/);
  });
});
