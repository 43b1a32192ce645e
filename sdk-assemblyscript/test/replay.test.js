/** What a server has recorded of a room, done again by the mock room's machinery. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { compileProgram } from "../test-support/compile-room.js";
import { recordingOf } from "../test-support/record-room.js";
import { HostFunctionError } from "../testing/errors.js";
import { readRecording, RecordingError } from "../testing/recording.js";
import { replay } from "../testing/replay.js";

const ROOM = fileURLToPath(new URL("../cli/room.js", import.meta.url));
const run = promisify(execFile);
const { NODE_TEST_CONTEXT, ROOM_SERVER, ROOM_TOKEN, ...environment } = process.env;

const PROGRAM = `
  import { Connection, kv, Room, room } from "@cloudramp/room";

  export class Talk extends Room {
    private said: string[] = [];
    private share: f64 = 1.0;

    onMessage(from: Connection, text: string): void {
      if (text == "fail") throw new Error("as you wish");
      if (text == "trap") unreachable();
      this.said.push(text);
      this.share = this.share / 3.0 + <f64>text.length;
      const best = kv.get("best");
      room.broadcast(this.said.length.toString() + " " + this.share.toString() + " " + (best === null ? "-" : best));
    }
  }
`;
const CHANGED = PROGRAM.replace('+ " " + this.share', '+ "; " + this.share');

function says(text) {
  return { hook: "onMessage", fields: (to) => to.string("ann").data(text).string("").string("") };
}

const answers = { "kv.get": (response) => response.u8(1).string("7") };
function mapIn({ outputs }) {
  return outputs.find(({ file }) => file.endsWith(".map")).contents;
}

const [built, changed] = await Promise.all([compileProgram(PROGRAM), compileProgram(CHANGED)]);
assert.equal(built.report + changed.report, "");

function results(file, compilation) {
  return [...replay(readRecording(file), () => ({ wasm: compilation.wasm, sourceMap: mapIn(compilation) }))];
}

describe("a recorded room", () => {
  test("does the same again, from its beginning", () => {
    const file = recordingOf(built.wasm, ["a", "bc", "fail", "d", "e"].map(says), { answers });
    assert.deepEqual(results(file, built).map(({ result }) => result), Array(5).fill("same"));
  });

  test("does the same again from the middle of its life, with its memory and its globals", () => {
    const file = recordingOf(built.wasm, ["a", "bc", "def", "d", "e"].map(says), { answers, skip: 3, imageOf: 4 });
    assert.deepEqual(results(file, built).map(({ result }) => result), ["same", "same"]);
  });

  test("gets the errors that it got", () => {
    const failing = { "kv.get": () => { throw new HostFunctionError(2, "the store is away"); } };
    const file = recordingOf(built.wasm, [says("a")], { answers: failing });
    const [hook] = results(file, built);
    assert.equal(hook.result, "same");
    assert.match(hook.failure.message, /the store is away/);
  });

  test("shows what another program does, with the line", () => {
    const file = recordingOf(built.wasm, ["a", "bc"].map(says), { answers });
    const [first, second] = results(file, changed);
    assert.equal(first.result, "differs");
    assert.equal(first.difference.where, "onMessage, call 2");
    assert.equal(first.difference.actual.function, "room.broadcast");
    const line = CHANGED.split("\n").findIndex((each) => each.includes("room.broadcast")) + 1;
    assert.deepEqual([first.difference.position.file, first.difference.position.line], ["assembly/index.ts", line]);
    assert.equal(second.result, "skipped");
  });

  test("does not go on in the memory of another program", () => {
    const file = recordingOf(built.wasm, ["a", "b"].map(says), { answers, skip: 1 });
    assert.deepEqual(results(file, changed).map(({ result, why }) => [result, why]), [["skipped", "its memory is that of another module"]]);
  });
});

describe("a file", () => {
  let file;
  before(() => { file = recordingOf(built.wasm, ["a", "bc"].map(says), { answers }); });

  test("that is cut off anywhere is refused", () => {
    for (let size = 0; size < file.length; size++) assert.throws(() => readRecording(file.subarray(0, size)), RecordingError);
  });

  test("that is something else, or of a later version, is refused", () => {
    assert.throws(() => readRecording(built.wasm), /no recording of a room/);
    const later = file.slice();
    later[8] = 9;
    assert.throws(() => readRecording(later), /version 9/);
  });

  test("with other bytes in it is read or refused, and does nothing else", () => {
    for (let at = 8; at < file.length; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const mutant = file.slice();
        mutant[at] = value;
        try {
          assert.ok(readRecording(mutant).hooks.length > 0);
        } catch (error) {
          assert.ok(error instanceof RecordingError, error);
        }
      }
    }
  });
});

describe("room replay", () => {
  let server;
  let address;
  let folder;
  let file;
  let trapped;
  let keepsMaps = true;
  let keptMap = () => mapIn(built);
  const asked = [];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "room-replay-"));
    file = recordingOf(built.wasm, [says("a"), says("\u001b[31mred")], { answers, service: "talk" });
    trapped = recordingOf(built.wasm, [says("trap")], { answers, service: "talk" });
    server = createServer(({ url, headers }, response) => {
      asked.push([url, headers.authorization]);
      if (url.endsWith("/rooms/lobby/recording")) response.end(file);
      else if (url.endsWith("/rooms/cellar/recording")) response.end(trapped);
      else if (url.endsWith("/source-map")) response.writeHead(keepsMaps ? 200 : 404).end(keptMap());
      else if (url.includes("/versions/")) response.end(built.wasm);
      else response.writeHead(409).end(JSON.stringify({ error: { kind: "not_recorded", message: "set record.talk = on" } }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    address = `http://127.0.0.1:${server.address().port}`;
  });
  after(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  async function room(...words) {
    try {
      const { stdout, stderr } = await run(process.execPath, [ROOM, "replay", ...words], { cwd: folder, env: { ...environment, ROOM_TOKEN: "secret" } });
      return { status: 0, stdout, stderr };
    } catch ({ code, stdout, stderr }) {
      return { status: code, stdout, stderr };
    }
  }

  test("fetches recording and module, and prints what each hook did", async () => {
    const { status, stdout, stderr } = await room("lobby", "--service", "talk", "--server", address, "--save", "kept.recording");
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /#1 .* onStart\n|#1 .* onMessage ann "a"/);
    assert.match(stdout, /room\.broadcast "1 /);
    assert.match(stdout, /'talk', room 'lobby': 2 of 2 hooks did the same/);
    assert.doesNotMatch(stdout, /\u001b/);
    const digest = createHash("sha256").update(built.wasm).digest("hex");
    assert.deepEqual(asked, [
      ["/api/services/talk/rooms/lobby/recording", "Bearer secret"], [`/api/services/talk/versions/${digest}`, "Bearer secret"],
      [`/api/services/talk/versions/${digest}/source-map`, "Bearer secret"]]);
    assert.deepEqual(await readFile(path.join(folder, "kept.recording")), Buffer.from(file));
    assert.equal((await stat(path.join(folder, "kept.recording"))).mode & 0o077, 0);
  });

  test("has the lines of a module that is not at hand, where the server keeps its source map", async () => {
    const line = PROGRAM.split("\n").findIndex((each) => each.includes("unreachable")) + 1;
    const replayed = (place) => new RegExp(`unreachable${place}\\n[^]*1 of 1 hooks did the same`);
    const { status, stdout, stderr } = await room("cellar", "--service", "talk", "--server", address);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, replayed(` \\(assembly/index\\.ts:${line}:\\d+\\)`));
    keepsMaps = false;
    assert.match((await room("cellar", "--service", "talk", "--server", address)).stdout, replayed(""));
    keepsMaps = true;
    keptMap = () => "<html>Please log in</html>";
    const strange = await room("cellar", "--service", "talk", "--server", address);
    assert.equal(strange.status, 1);
    assert.match(strange.stderr, /answers, but not as a server of rooms does/);
  });

  test("tells with another module what is different, and where", async () => {
    await writeFile(path.join(folder, "kept"), file);
    await writeFile(path.join(folder, "changed.wasm"), changed.wasm);
    await writeFile(path.join(folder, "changed.wasm.map"), mapIn(changed));
    const { status, stdout } = await room("--from", "kept", "changed.wasm", "--quiet");
    assert.equal(status, 1);
    assert.match(stdout, /differs at onMessage, call 2\n {8}recorded: room\.broadcast "1 1\.3/);
    assert.match(stdout, /now: {6}room\.broadcast "1; 1\.3.*\(assembly\/index\.ts:\d+:\d+\)/);
    assert.match(stdout, /0 of 2 hooks did the same; 1 did something else; 1 could not be run/);
  });

  test("says what the server says, and refuses what it cannot read", async () => {
    const refused = await room("kitchen", "--service", "talk", "--server", address);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /refused 'talk': set record\.talk = on \(not_recorded\)/);
    await writeFile(path.join(folder, "half"), file.subarray(0, 100));
    const half = await room("--from", "half", "changed.wasm");
    assert.equal(half.status, 1);
    assert.match(half.stderr, /^The recording cannot be read at byte \d+: it ends in the middle\.\n$/);
    assert.equal((await room()).status, 1);
    assert.equal((await room("no/room", "--service", "talk")).status, 1);
  });
});
