import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
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

/** A server that records what it is sent, and answers as the test says; source maps are recorded, and answered, by themselves. */
async function startServer(answer = () => [200, {}], answerMap = () => [200, {}]) {
  const requests = [];
  const maps = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    const isMap = url.endsWith("/source-map");
    (isMap ? maps : requests).push({ method, url, headers, body: Buffer.concat(chunks) });
    const [status, body, more = {}] = isMap ? answerMap() : answer();
    response.writeHead(status, more).end(typeof body === "string" ? body : JSON.stringify(body));
    if (!isMap) server.emit("handled");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, requests, maps, address: `http://127.0.0.1:${server.address().port}` };
}

/** A folder beside the project, in which the SDK is installed. */
async function emptyProject(name) {
  const project = path.join(path.dirname(directory), name);
  await mkdir(path.join(project, "node_modules/@cloudramp"), { recursive: true });
  await symlink(SDK, path.join(project, "node_modules/@cloudramp/room"));
  await symlink(path.join(SDK, "node_modules/assemblyscript"), path.join(project, "node_modules/assemblyscript"));
  return project;
}

const base = await mkdtemp(path.join(tmpdir(), "room-cli-"));
directory = path.join(base, "my-room");
const made = await room(["new", "my-room"], { cwd: base });
assert.equal(made.status, 0, made.stderr);
// What `npm install` would do.
await mkdir(path.join(directory, "node_modules/@cloudramp"), { recursive: true });
await symlink(SDK, path.join(directory, "node_modules/@cloudramp/room"));

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

  test("makes a project in which an editor underlines what the build refuses", async () => {
    const wrong = path.join(directory, "assembly/refused.ts");
    await writeFile(wrong, ['import { room } from "@cloudramp/room";', "export function refused(): void {", "  for (const user of room.connections()) user.send('');",
      "  const time = Date.now();", "  console.log('');", "  process.exit(1);", "  trace('');", "  const pattern = new RegExp('a');",
      "  const values = new Map<string, i32>().values();", "  for (const value of values) {}", "  JSON.parse('');", "}", ""].join("\n"));
    const { stdout } = await run(process.execPath, [TSC, "-p", "assembly"], { cwd: directory }).catch((error) => error);
    await rm(wrong);
    const lines = [...stdout.matchAll(/refused\.ts\((\d+),/g)].map(([, line]) => Number(line));
    assert.deepEqual([...new Set(lines)], [3, 4, 5, 6, 7, 8, 10, 11]);
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
  });

  test("leaves an app of CommonJS modules as it was, byte for byte but for what is new, and its room's tests pass", async () => {
    const app = await emptyProject("commonjs-app");
    const before = '\ufeff{\r\n\t"name": "commonjs-app",\r\n\t"main": "app.js",\r\n\t"scripts": {\r\n\t\t"test": "node app.js"\r\n\t}\r\n}\r\n';
    await writeFile(path.join(app, "package.json"), before);
    await writeFile(path.join(app, "app.js"), 'const path = require("node:path");\nconsole.log(path.sep);\n');
    const { status, stdout } = await room(["new"], { cwd: app });
    assert.equal(status, 0);
    assert.match(stdout, /Next: npx room test\n/);
    const after = await readFile(path.join(app, "package.json"), "utf8");
    const added = /\t\t"(build|dev|deploy)": .*\r\n|,\r\n\t"dependencies": \{\r\n.*\r\n\t\}/g;
    assert.equal(after.replace(added, ""), before);
    assert.equal((await run(process.execPath, ["app.js"], { cwd: app })).stdout, `${path.sep}\n`);
    assert.match((await room(["test"], { cwd: app })).stdout, /# pass 1\n/);
  });

  test("before and after asinit the unit test loads what the build writes", async () => {
    for (const order of ["before", "after"]) {
      const project = await emptyProject(`asinit-${order}`);
      const asinit = () => run(process.execPath, [path.join(SDK, "node_modules/assemblyscript/bin/asinit.js"), ".", "--yes"], { cwd: project });
      if (order === "after") await asinit();
      await rm(path.join(project, "assembly"), { recursive: true, force: true }); // the example that asinit makes is no room
      assert.equal((await room(["new"], { cwd: project })).status, 0);
      if (order === "before") await asinit();
      await writeFile(path.join(project, "assembly/index.ts"), `import { Connection, room } from "@cloudramp/room";
        export function onJoin(who: Connection): void { room.broadcast(who.id + " joined"); }
        export function onMessage(from: Connection, text: string): void { room.broadcast(from.id + ": " + text); }`);
      assert.match((await room(["build"], { cwd: project })).stdout, /^build\/release\.wasm/);
      assert.match((await room(["test", "test/room.test.js"], { cwd: project })).stdout, /# pass 1\n/);
      // And without 'room test' as well.
      assert.match((await run(process.execPath, ["--test", "test/room.test.js"], { cwd: project, env: environment })).stdout, /# pass 1\n/);
    }
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
    assert.match(stdout, /^build\/my-room\.wasm {2}5,\d{3} bytes\n$/);
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

  test("sends the source map to the version that it belongs to, without what the files hold", async () => {
    const { server, maps, address } = await startServer();
    const { status, stderr } = await room(["deploy", "--server", address], { env: { ROOM_TOKEN: "secret" } });
    server.close();
    assert.equal(status, 0, stderr);
    const [{ method, url, headers, body }] = maps;
    const digest = createHash("sha256").update(await readFile(path.join(directory, "build/my-room.wasm"))).digest("hex");
    assert.equal(`${method} ${url}`, `PUT /api/services/my-room/versions/${digest}/source-map`);
    assert.equal(headers.authorization, "Bearer secret");
    const sent = JSON.parse(body);
    const { sources, mappings } = JSON.parse(await readFile(path.join(directory, "build/my-room.wasm.map"), "utf8"));
    assert.deepEqual(sent, { version: 3, sources, names: [], mappings });
    assert.ok(sources.includes("assembly/index.ts"));
  });

  test("is live also where no source map is kept, and says so", async () => {
    const refusal = { error: { kind: "refused", message: "the store 'old' keeps no source maps" } };
    const { server, address } = await startServer(undefined, () => [500, refusal]);
    const { status, stdout } = await room(["deploy", "--server", address]);
    server.close();
    assert.equal(status, 0);
    assert.match(stdout, /^'my-room' is live: /);
    assert.match(stdout, /\nIts source map is not kept there, .*: the store 'old' keeps no source maps \(refused\)\n$/);
  });

  test("sends no source map where the settings want none", async () => {
    const copy = path.join(path.dirname(directory), "without-map");
    await cp(directory, copy, { recursive: true, verbatimSymlinks: true });
    await writeFile(path.join(copy, "asconfig.json"), '{"options": {"sourceMap": false}}');
    const { server, requests, maps, address } = await startServer();
    const { status, stderr } = await room(["deploy", "--server", address], { cwd: copy });
    server.close();
    assert.equal(status, 0, stderr);
    assert.deepEqual([requests.length, maps.length], [1, 0]);
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

  test("does not take the page of a stranger for the answer of a server", async () => {
    const { server, address } = await startServer(() => [200, "<html>Please log in</html>"]);
    const { status, stdout, stderr } = await room(["deploy", "--server", address]);
    server.close();
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /answers, but not as a server of rooms does/);
  });

  test("says where a server sends it on to", async () => {
    const { server, address } = await startServer(() => [301, "", { location: "https://rooms.example/" }]);
    const { status, stderr } = await room(["deploy", "--server", address]);
    server.close();
    assert.equal(status, 1);
    assert.match(stderr, /refused 'my-room': it wants to be asked at https:\/\/rooms\.example\/ \(HTTP 301\)/);
  });

  test("never shows a token, not even one that is none", async () => {
    const { status, stderr } = await room(["deploy", "--token", "sec\nret"]);
    assert.equal(status, 1);
    assert.match(stderr, /The token has a character that no token has/);
    assert.doesNotMatch(stderr, /sec|ret\b/);
  });

  test("says that there is no server, which is no server, and which is no service", async () => {
    const { server, address } = await startServer();
    server.close();
    assert.match((await room(["deploy", "--server", address])).stderr, /^No answer from http:.*ECONNREFUSED/);
    assert.match((await room(["deploy", "--server", "localhost:80"])).stderr, /'localhost:80' is no address of a server/);
    assert.match((await room(["deploy", "--service", "A/.."])).stderr, /'A\/\.\.' cannot be the name of a service/);
  });
});

describe("room dev", () => {
  let project;
  let source;
  let original;

  before(async () => {
    project = path.join(path.dirname(directory), "dev");
    await cp(directory, project, { recursive: true, verbatimSymlinks: true });
    source = path.join(project, "assembly/index.ts");
    original = await readFile(source, "utf8");
  });

  /** Runs `room dev` while `steps` are taken; each gets the bytes that are deployed next, and what is said on stderr. */
  async function whileItRuns(words, steps) {
    const { server, requests, address } = await startServer();
    const child = spawn(process.execPath, [ROOM, "dev", "--server", address, ...words], { cwd: project, env: environment });
    let said = "";
    child.stderr.on("data", (chunk) => { said += chunk; });
    const next = async (change) => {
      const handled = once(server, "handled");
      await change();
      await handled;
      return requests.at(-1).body;
    };
    const complaint = async (change, pattern) => {
      said = "";
      await change();
      while (!pattern.test(said)) await once(child.stderr, "data");
    };
    try {
      await steps(next, complaint);
    } finally {
      child.kill();
      server.close();
      await writeFile(source, original);
    }
  }

  test("deploys at once and after a change, and survives errors", async () => {
    await whileItRuns([], async (next, complaint) => {
      const first = await next(() => {});
      await complaint(() => writeFile(source, original.replace("Connection): void", "string): void")), /'who' of 'onJoin' is of type 'string'/);
      await complaint(() => rm(source), /There is no file 'assembly\/index\.ts'/);
      const second = await next(() => writeFile(source, original.replace("joined", "is here")));
      assert.notDeepEqual(first, second);
    });
  });

  const exchange = async (text, file) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  for (const [how, save] of [
    ["in place", (text) => writeFile(source, text)],
    ["by putting another file in its place, as sed -i does", (text) => exchange(text, source)],
    ["by moving it away and writing anew, as vim does", async (text) => {
      await rename(source, `${source}~`);
      await writeFile(source, text);
      await rm(`${source}~`);
    }],
    ["by two renames, as JetBrains' editors do", async (text) => {
      await writeFile(`${source}___jb_tmp___`, text);
      await rename(source, `${source}___jb_old___`);
      await rename(`${source}___jb_tmp___`, source);
      await rm(`${source}___jb_old___`);
    }],
    ["by removing it first", async (text) => {
      await rm(source);
      await writeFile(source, text);
    }],
    ["with its whole folder, as git does", async (text) => {
      const folder = path.dirname(source);
      await cp(folder, `${folder}.new`, { recursive: true });
      await writeFile(`${folder}.new/index.ts`, text);
      await rm(folder, { recursive: true });
      await rename(`${folder}.new`, folder);
    }],
  ]) {
    test(`sees every change of a file that is saved ${how}`, async () => {
      await whileItRuns([], async (next) => {
        const seen = [await next(() => {})];
        for (const word of ["is here", "is back", "has come"]) seen.push(await next(() => save(original.replace("joined", word))));
        assert.equal(new Set(seen.map((each) => each.toString("base64"))).size, 4);
      });
    });
  }

  test("sees changes of what is imported from elsewhere, of asconfig.json, and of files that were missing", async () => {
    const outside = path.join(path.dirname(project), "words.ts");
    const config = path.join(project, "asconfig.json");
    const greeting = (word) => writeFile(outside, `export const WORD = "${word}";\n`);
    await greeting("hello");
    await whileItRuns([], async (next, complaint) => {
      const seen = [await next(() => {})];
      const program = `import { WORD } from "../../words";\nimport { MORE } from "./more";\n${original.replace("joined", "${WORD} ${MORE}")}`;
      await complaint(() => writeFile(source, program), /File 'assembly\/more.*\.ts' not found/);
      seen.push(await next(() => writeFile(path.join(project, "assembly/more.ts"), 'export const MORE = "more";\n')));
      seen.push(await next(() => greeting("good day")));
      seen.push(await next(() => writeFile(config, '{"options": {"optimizeLevel": 0, "shrinkLevel": 0}}')));
      await complaint(() => writeFile(config, '{"options": {},}'), /asconfig\.json is no JSON: .*line 1, column 16/);
      seen.push(await next(() => writeFile(config, '{"extends": "./base.json"}').then(() => writeFile(path.join(project, "base.json"), "{}"))));
      assert.equal(new Set(seen.slice(0, 4).map((each) => each.toString("base64"))).size, 4);
      assert.deepEqual(seen[4], seen[2]);
    });
    await rm(config);
  });
});

describe("what is wrong is said in words, and never by a stack:", () => {
  const wrong = async (files, words, expected, status = 1) => {
    const project = await emptyProject(`wrong-${Math.random()}`);
    const manifest = "package.json/x" in files ? {} : { "package.json": '{"name": "wrong"}' };
    for (const [file, text] of Object.entries({ ...manifest, ...files })) {
      await mkdir(path.dirname(path.join(project, file)), { recursive: true });
      await writeFile(path.join(project, file), text);
    }
    const result = await room(words, { cwd: project, env: { ROOM_SERVER: "http://127.0.0.1:9" } });
    assert.match(result.stderr, expected);
    assert.doesNotMatch(result.stderr, /\n\s+at |node:internal|fault of 'room' itself/);
    assert.equal(result.status, status);
  };
  const program = { "assembly/index.ts": 'import { Connection } from "@cloudramp/room";\nexport function onJoin(who: Connection): void {}\n' };

  for (const command of ["new", "build", "test", "deploy", "dev", "bindings"]) {
    test(`a stray comma in package.json, for room ${command}`, () =>
      wrong({ "package.json": '{\n  "name": "x",\n}' }, [command], /package\.json is no JSON: .* in line 3, column 1\. A comma before it may be one too many\./));
  }
  for (const command of ["new", "build"]) {
    test(`a package.json that holds a list, for room ${command}`, () => wrong({ "package.json": "[]" }, [command], /package\.json holds no object/));
    test(`a name that is no text, for room ${command}`, () => wrong({ "package.json": '{"name": 7}' }, [command], /The name in .*package\.json is no text/));
  }
  for (const command of ["new", "build", "deploy", "dev", "bindings", "logs", "faults", "status", "lift"]) {
    test(`an option that there is not, for room ${command}`, () => wrong(program, [command, "--nothing"], /Unknown option '--nothing'/, 2));
  }
  for (const command of ["build", "test", "deploy"]) {
    test(`no assembly folder, for room ${command}`, () => wrong({}, [command], /There is no file 'assembly\/index\.ts' in .*'npx room new' makes it/));
  }
  for (const [what, files, words, expected] of [
    ["an asconfig.json with a stray comma", { ...program, "asconfig.json": '{"options": {},\n}' }, ["build"], /asconfig\.json is no JSON: .*line 2, column 1/],
    ["an asconfig.json whose options are a list", { ...program, "asconfig.json": '{"options": []}' }, ["build"], /asconfig\.json: 'options' is no object/],
    ["an asconfig.json whose entries are a text", { ...program, "asconfig.json": '{"entries": "a.ts"}' }, ["build"], /'entries' is no list of files/],
    ["an asconfig.json that extends nothing", { ...program, "asconfig.json": '{"extends": "./base.json"}' }, ["build"], /'extends' names 'base\.json', which is not there/],
    ["an asconfig.json that wants no module", { ...program, "asconfig.json": '{"options": {"noEmit": true}}' }, ["build"], /the build writes no module\. Remove 'noEmit'/],
    ["a transform that is not there", { ...program, "asconfig.json": '{"options": {"transform": ["./nix.js"]}}' }, ["build"], /^FAILURE Cannot find module '.*nix\.js'/],
    ["a transform whose package is not there", { ...program, "asconfig.json": '{"options": {"transform": ["nix/transform"]}}' }, ["build"],
      /^FAILURE Cannot find module 'nix\/transform', which 'transform' names\. Is its package installed\?/],
    ["a folder where package.json should be", { "package.json/x": "" }, ["build"], /package\.json is a folder, and not a file/],
    ["a transform that fails", { ...program, "asconfig.json": '{"options": {"transform": ["./bad.mjs"]}}',
      "bad.mjs": "export default class { afterParse() { null.x; } }" }, ["build"], /^FAILURE TypeError: Cannot read properties of null/],
    ["a file where the build folder should be", { ...program, build: "" }, ["build"], /There is a file where a folder is needed: .*build/],
    ["a file that is not there", program, ["build", "assembly/nix.ts"], /There is no file 'assembly\/nix\.ts'/],
    ["two files", program, ["build", "a.ts", "b.ts"], /One room has one file, and not 'a\.ts' and 'b\.ts'/],
    ["a server that is not there", program, ["deploy"], /No answer from http:\/\/127\.0\.0\.1:9/],
    ["bindings of a folder", {}, ["bindings", "."], /'\.' is a folder/],
    ["bindings of a file that is not there", {}, ["bindings", "nix.json"], /There is no file 'nix\.json'/],
    ["bindings of what is no JSON", { "x.json": "{" }, ["bindings", "x.json"], /x\.json is no JSON/],
    ["bindings of a module that is nothing", { "x.json": '{"abi": 1, "modules": [null]}' }, ["bindings", "x.json"], /A module has no name/],
    ["bindings of a function that is nothing", { "x.json": '{"abi": 1, "modules": [{"name": "a", "functions": [null]}]}' },
      ["bindings", "x.json"], /Module 'a' has a function without a name/],
    ["bindings of parameters that are none", { "x.json": '{"abi": 1, "modules": [{"name": "a", "functions": [{"name": "b", "parameters": 1}]}]}' },
      ["bindings", "x.json"], /'a\.b' has parameters that are no list/],
    ["a new project where a file is", { x: "" }, ["new", "x"], /There is a file where a folder is needed: .*x/],
  ]) {
    test(what, () => wrong(files, words, expected));
  }

  test("a byte order mark is none of that", async () => {
    const project = await emptyProject("marked");
    await mkdir(path.join(project, "assembly"));
    await writeFile(path.join(project, "package.json"), '\ufeff{"name": "marked"}');
    await writeFile(path.join(project, "asconfig.json"), '\ufeff{"options": {"optimizeLevel": 0}}');
    await writeFile(path.join(project, "assembly/index.ts"), program["assembly/index.ts"]);
    const { status, stderr, stdout } = await room(["build"], { cwd: project });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^build\/marked\.wasm/);
  });
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
