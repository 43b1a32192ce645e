import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SDK = fileURLToPath(new URL("..", import.meta.url));
const ROOM = path.join(SDK, "cli/room.js");
const TSC = path.join(SDK, "node_modules/typescript/bin/tsc");
const run = promisify(execFile);

// A test runner that is started by a test must not believe that it is a part of it.
const { NODE_TEST_CONTEXT, ROOM_SERVER, ROOM_TOKEN, ...environment } = process.env;

let directory;

async function room(words, { cwd = directory, env = {} } = {}) {
  try {
    const { stdout, stderr } = await run(process.execPath, [ROOM, ...words], { cwd, env: { ...environment, ...env } });
    return { status: 0, stdout, stderr };
  } catch ({ code, stdout, stderr }) {
    return { status: code, stdout, stderr };
  }
}

/** A server that records what it is sent, and answers as the test says. */
async function startServer(answer = () => [200, {}]) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    requests.push({ method, url, headers, body: Buffer.concat(chunks) });
    const [status, body] = answer();
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
    server.emit("handled");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, requests, address: `http://127.0.0.1:${server.address().port}` };
}

before(async () => {
  const base = await mkdtemp(path.join(tmpdir(), "room-cli-"));
  directory = path.join(base, "my-room");
  const { status, stderr } = await room(["new", "my-room"], { cwd: base });
  assert.equal(status, 0, stderr);
  // What `npm install` would do.
  await mkdir(path.join(directory, "node_modules/@cloudramp"), { recursive: true });
  await symlink(SDK, path.join(directory, "node_modules/@cloudramp/room"));
});

after(() => rm(path.dirname(directory), { recursive: true }));

describe("room new", () => {
  test("makes a project whose tests pass", async () => {
    const { status, stdout, stderr } = await room(["test"]);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /everybody reads what somebody writes/);
  });

  test("makes a project in which an editor finds every type and no error", async () => {
    const { stdout } = await run(process.execPath, [TSC, "-p", "assembly"], { cwd: directory });
    assert.equal(stdout, "");
    const wrong = path.join(directory, "assembly/wrong.ts");
    await writeFile(wrong, 'import { room } from "@cloudramp/room";\nroom.broadcast(1);\n');
    await assert.rejects(run(process.execPath, [TSC, "-p", "assembly"], { cwd: directory }), ({ stdout }) =>
      /wrong\.ts\(2,16\): error TS2345/.test(stdout));
    await rm(wrong);
  });

  test("keeps what is there already", async () => {
    const existing = path.join(path.dirname(directory), "existing");
    await mkdir(path.join(existing, "assembly"), { recursive: true });
    await writeFile(path.join(existing, "assembly/index.ts"), "// mine\n");
    await writeFile(path.join(existing, "package.json"), JSON.stringify({
      name: "@acme/existing",
      scripts: { test: 'echo "Error: no test specified" && exit 1', build: "make" },
      dependencies: { "@cloudramp/room": "file:../room.tgz" },
    }));
    const { stdout } = await room(["new"], { cwd: existing });
    assert.match(stdout, /kept {2}assembly\/index\.ts/);
    assert.equal(await readFile(path.join(existing, "assembly/index.ts"), "utf8"), "// mine\n");
    const manifest = JSON.parse(await readFile(path.join(existing, "package.json"), "utf8"));
    assert.deepEqual(manifest.dependencies, { "@cloudramp/room": "file:../room.tgz" });
    assert.equal(manifest.scripts.test, "room test");
    assert.equal(manifest.scripts.build, "make");
    assert.match(await readFile(path.join(existing, "test/room.test.js"), "utf8"), /build\/existing\.wasm/);
  });

  test("says which names a room can have", async () => {
    const { status, stderr } = await room(["new", "My Room"], { cwd: path.dirname(directory) });
    assert.equal(status, 1);
    assert.match(stderr, /'My Room' cannot be the name of a room: use small letters/);
  });
});

describe("room build", () => {
  test("says what it made", async () => {
    const { status, stdout, stderr } = await room(["build"]);
    assert.equal(stderr, "");
    assert.equal(status, 0);
    assert.match(stdout, /^build\/my-room\.wasm {2}3,\d{3} bytes\n$/);
    assert.ok(WebAssembly.validate(await readFile(path.join(directory, "build/my-room.wasm"))));
  });

  test("fails with the compiler's report, and without a stack", async () => {
    await writeFile(path.join(directory, "assembly/broken.ts"), "export function onJoin(who: string): void {}\n");
    const { status, stderr } = await room(["build", "assembly/broken.ts"]);
    assert.equal(status, 1);
    assert.match(stderr, /'who' of 'onJoin' is of type 'string'/);
    assert.doesNotMatch(stderr, /\bat .*\.js/);
    await rm(path.join(directory, "assembly/broken.ts"));
  });

  test("runs the transforms that asconfig.json names", async () => {
    const copy = path.join(path.dirname(directory), "transformed");
    await cp(directory, copy, { recursive: true, verbatimSymlinks: true });
    await writeFile(path.join(copy, "shout.js"), `
      export default class {
        afterParse(parser) { console.log("transforms " + parser.sources.some((s) => s.normalizedPath == "assembly/index.ts")); }
      }
    `);
    await writeFile(path.join(copy, "asconfig.json"), '{"options": {"transform": ["./shout.js"]}}');
    const { status, stdout, stderr } = await room(["build"], { cwd: copy });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /transforms true/);
  });
});

describe("room test", () => {
  test("fails when a unit test fails", async () => {
    await writeFile(path.join(directory, "test/fails.test.js"), 'throw new Error("on purpose");\n');
    const { status } = await room(["test"]);
    assert.equal(status, 1);
    await rm(path.join(directory, "test/fails.test.js"));
  });
});

describe("room deploy", () => {
  test("uploads the module with the token, and says where the room is", async () => {
    const { server, requests, address } = await startServer();
    const { status, stdout, stderr } = await room(["deploy", "--server", address], { env: { ROOM_TOKEN: "secret" } });
    server.close();
    assert.equal(status, 0, stderr);
    const [{ method, url, headers, body }] = requests;
    assert.equal(`${method} ${url}`, "PUT /api/services/my-room");
    assert.equal(headers["content-type"], "application/wasm");
    assert.equal(headers.authorization, "Bearer secret");
    assert.deepEqual(body, await readFile(path.join(directory, "build/my-room.wasm")));
    assert.equal(stdout, `'my-room' is live: ${address.replace("http", "ws")}/rooms/my-room/<room>\n` +
      `Try it at ${address}/?service=my-room\n`);
  });

  test("sends no token when it has none", async () => {
    const { server, requests, address } = await startServer();
    await room(["deploy", "--service", "other"], { env: { ROOM_SERVER: `${address}/` } });
    server.close();
    assert.equal(requests[0].url, "/api/services/other");
    assert.equal(requests[0].headers.authorization, undefined);
  });

  test("says so when the same bytes rest after repeated faults", async () => {
    const resting = { seconds: 9, lastFault: "unreachable", message: "this version is in quarantine; lift it: POST /api/services/my-room/lift" };
    const { server, address } = await startServer(() => [200, { service: "my-room", digest: "00", resting }]);
    const { status, stdout } = await room(["deploy", "--server", address]);
    server.close();
    assert.equal(status, 0);
    assert.equal(stdout, `'my-room' is live, but ${resting.message}\nIts last fault: unreachable\n`);
  });

  test("shows the server's own words when it refuses", async () => {
    const { server, address } = await startServer(() =>
      [422, { error: { kind: "unlinkable", message: "the import 'leaderboard.add' is not allowed" } }]);
    const { status, stderr } = await room(["deploy", "--server", address]);
    server.close();
    assert.equal(status, 1);
    assert.equal(stderr, `${address} refused 'my-room': the import 'leaderboard.add' is not allowed (unlinkable)\n`);
  });

  test("shows the status when the server says nothing that it understands", async () => {
    const { server, address } = await startServer(() => [502, "Bad Gateway"]);
    const { stderr } = await room(["deploy", "--server", address]);
    server.close();
    assert.match(stderr, /refused 'my-room': HTTP 502 Bad Gateway/);
  });

  test("says that there is no server, which is no server, and which is no service", async () => {
    const { server, address } = await startServer();
    server.close();
    assert.match((await room(["deploy", "--server", address])).stderr, /^No answer from http:.*ECONNREFUSED/);
    assert.match((await room(["deploy", "--server", "localhost:80"])).stderr, /'localhost:80' is no address of a server/);
    assert.match((await room(["deploy", "--service", "A/.."])).stderr, /'A\/\.\.' cannot be the name of a service/);
  });
});

test("room dev deploys at once and after a change, and survives an error", async () => {
  const { server, requests, address } = await startServer();
  const source = path.join(directory, "assembly/index.ts");
  const original = await readFile(source, "utf8");
  const child = spawn(process.execPath, [ROOM, "dev", "--server", address], { cwd: directory, env: environment });
  let said = "";
  child.stderr.on("data", (chunk) => { said += chunk; });
  try {
    await once(server, "handled");

    const complained = once(child.stderr, "data");
    await writeFile(source, original.replace("Connection): void", "string): void"));
    await complained;

    const handled = once(server, "handled");
    await writeFile(source, original.replace("joined", "is here"));
    await handled;
    assert.match(said, /'who' of 'onJoin' is of type 'string'/);
    assert.equal(requests.length, 2);
    assert.notDeepEqual(requests[0].body, requests[1].body);
  } finally {
    child.kill();
    server.close();
    await writeFile(source, original);
  }
});

test("room explains itself, and names what it does not know", async () => {
  assert.match((await room([])).stdout, /npx room <command>/);
  const unknown = await room(["publish"]);
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /There is no command 'publish'/);
  const option = await room(["deploy", "--sever", "x"]);
  assert.equal(option.status, 2);
  assert.match(option.stderr, /Unknown option '--sever'/);
  assert.match((await room(["build"], { cwd: tmpdir() })).stderr, /There is no package\.json in/);
});
