import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { after, afterEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { eventsIn } from "../cli/event-stream.js";
import { lineOf } from "../cli/follow.js";
import { inert } from "../cli/inert.js";

const ROOM = fileURLToPath(new URL("../cli/room.js", import.meta.url));
const run = promisify(execFile);
const { NODE_TEST_CONTEXT, ROOM_SERVER, ROOM_TOKEN, ...environment } = process.env;

const LINE = { id: 7, kind: "log", time: "2026-11-26T15:30:00Z", service: "chat", room: "lobby", hook: "onMessage", detail: "WARN", text: "hello" };
const FAULT = { id: 8, kind: "fault", time: "2026-11-26T15:30:01Z", service: "chat", room: "lobby", hook: "onMessage", detail: "trapped",
  connection: "abc", text: "unreachable (assembly/index.ts:7:3)" };
const REST = { id: 9, kind: "rest", time: "2026-11-26T15:30:02Z", service: "chat", seconds: 10, text: "unreachable" };
const EVIL = "\u001b[2J\u0007\r\nroot@host# \u202e\u2028\u0000 \u{e0041}";

const servers = [];
const children = [];

/** A server that answers as the test says, and keeps what it is asked; but not whether the service is there, unless the test wants that. */
async function startServer(answer, { tellsWhetherThere = true } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    if (tellsWhetherThere && /^\/api\/services\/[a-z-]+$/.test(request.url)) return json(response, 200, { service: "chat" });
    requests.push(request);
    await answer(request, response, requests.length);
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return { server, requests, address: `http://127.0.0.1:${server.address().port}` };
}

function json(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function begin(response) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(": alive\n\n");
}

function event(content) {
  return `id: ${content.id}\nevent: ${content.kind}\ndata: ${JSON.stringify(content)}\n\n`;
}

async function room(words, env = {}) {
  try {
    const { stdout, stderr } = await run(process.execPath, [ROOM, ...words], { cwd: tmpdir(), env: { ...environment, ...env } });
    return { status: 0, stdout, stderr };
  } catch ({ code, stdout, stderr }) {
    return { status: code, stdout, stderr };
  }
}

/** Starts a command that does not end by itself. */
function start(words, env = {}) {
  const child = spawn(process.execPath, [ROOM, ...words], { cwd: tmpdir(), env: { ...environment, ...env } });
  children.push(child);
  const heard = { stdout: "", stderr: "" };
  const changed = [];
  for (const stream of ["stdout", "stderr"]) {
    child[stream].setEncoding("utf8").on("data", (text) => {
      heard[stream] += text;
      changed.splice(0).forEach((tell) => tell());
    });
  }
  return {
    heard,
    child,
    async until(condition) {
      while (!condition(heard)) await new Promise((tell) => changed.push(tell));
    },
  };
}

afterEach(() => children.splice(0).forEach((child) => child.kill()));
after(() => servers.forEach((server) => {
  server.closeAllConnections();
  server.close();
}));

describe("room logs", { timeout: 60_000 }, () => {
  test("writes each event as one line, and sends the token", async () => {
    const { requests, address } = await startServer((request, response) => {
      begin(response);
      response.write(event(LINE) + event(FAULT) + event(REST));
    });
    const logs = start(["logs", "--server", address, "--service", "chat", "--room", "lobby"], { ROOM_TOKEN: "secret" });
    await logs.until(({ stdout }) => stdout.includes("REST"));
    assert.equal(logs.heard.stdout,
      "2026-11-26T15:30:00Z lobby onMessage WARN hello\n" +
      "2026-11-26T15:30:01Z lobby onMessage FAULT trapped: unreachable (assembly/index.ts:7:3) (connection abc)\n" +
      "2026-11-26T15:30:02Z REST for 10 s: unreachable\n");
    const [{ url, headers }] = requests;
    assert.equal(url, "/api/services/chat/events?kinds=log%2Cfault%2Crest%2Clift&room=lobby");
    assert.equal(headers.authorization, "Bearer secret");
    assert.equal(headers["last-event-id"], undefined);
  });

  test("takes from nobody what a terminal obeys", async () => {
    const evil = { ...LINE, text: EVIL, room: EVIL, detail: EVIL, hook: EVIL };
    const { address } = await startServer((request, response) => {
      begin(response);
      response.end(event(evil) + `event: end\ndata: ${JSON.stringify({ reason: EVIL })}\n\n`);
    });
    const logs = start(["logs", "--server", address, "--service", "chat"]);
    await logs.until(({ stderr }) => stderr.includes("trying again"));
    const written = logs.heard.stdout + logs.heard.stderr;
    assert.doesNotMatch(written.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.equal(logs.heard.stdout.split("\n").length, 2);
    assert.match(logs.heard.stdout, /\\u\{1b\}\[2J\\u\{7\}\\u\{d\}\\u\{a\}root@host# \\u\{202e\}/);
  });

  test("comes back to a server that was lost, from the last event on", async () => {
    let later;
    const { requests, address } = await startServer((request, response, number) => {
      begin(response);
      response.write(event(number === 1 ? LINE : REST));
      if (number === 1) response.end();
      else later = response;
    });
    const logs = start(["logs", "--server", address, "--service", "chat"]);
    await logs.until(({ stdout }) => stdout.includes("REST"));
    assert.equal(requests.length, 2);
    assert.equal(requests[1].headers["last-event-id"], "7");
    assert.match(logs.heard.stderr, /the connection has ended; trying again in 1 s\]\n\[there again; lines of the time between may be missing\]\n$/);
    later.destroy();
    await logs.until(({ stderr }) => stderr.split("trying again").length > 2);
  });

  test("says why the server has ended it, and waits when it has no place", async () => {
    const { requests, address } = await startServer((request, response, number) => {
      if (number === 2) return json(response, 429, { error: { kind: "busy", message: "too many listen" } });
      begin(response);
      if (number === 1) response.end('event: end\ndata: {"reason":"you read more slowly than events come"}\n\n');
      else response.write(event(LINE));
    });
    const logs = start(["logs", "--server", address, "--service", "chat"]);
    await logs.until(({ stdout }) => stdout.includes("hello"));
    assert.equal(requests.length, 3);
    assert.match(logs.heard.stderr, /you read more slowly than events come; trying again/);
    assert.match(logs.heard.stderr, /too many listen, or it is busy; trying again/);
  });

  test("ends when the server refuses, with its words", async () => {
    const { address } = await startServer((request, response) =>
      json(response, 403, { error: { kind: "denied", message: `it needs the scope 'read:chat'${EVIL}` } }));
    const { status, stderr } = await room(["logs", "--server", address, "--service", "chat"]);
    assert.equal(status, 1);
    assert.match(stderr, /^http:.* refused 'chat': it needs the scope 'read:chat'\\u\{1b\}.*\(denied\)\. Give another/);
  });

  test("ends when a token is revoked meanwhile", async () => {
    const { address } = await startServer((request, response, number) => {
      if (number > 1) return json(response, 401, { error: { kind: "unauthenticated", message: "the token is none that this server knows" } });
      begin(response);
      response.end('event: end\ndata: {"reason":"the token does not allow this any more"}\n\n');
    });
    const { status, stderr } = await room(["logs", "--server", address, "--service", "chat"]);
    assert.equal(status, 1);
    assert.match(stderr, /the token is none that this server knows \(unauthenticated\)\. Give another/);
  });

  test("says that there is no server, or another's", async () => {
    const { server, address } = await startServer((request, response) => response.end("<html>Please log in</html>"));
    assert.match((await room(["logs", "--server", address, "--service", "chat"])).stderr, /answers, but not as a server of rooms does/);
    server.close();
    server.closeAllConnections();
    await once(server, "close");
    const { status, stderr } = await room(["logs", "--server", address, "--service", "chat"]);
    assert.equal(status, 1);
    assert.match(stderr, /^No answer from http:.*ECONNREFUSED/);
  });

  test("says which names there can be", async () => {
    assert.match((await room(["logs", "--service", "chat", "--room", "a/b"])).stderr, /^That cannot be the name of a room/);
    assert.match((await room(["logs", "--service", "../x"])).stderr, /cannot be the name of a service/);
    assert.match((await room(["logs", "file.ts", "--service", "chat"])).stderr, /takes options only/);
    assert.match((await room(["logs"])).stderr, /There is no package\.json in/);
  });
});

describe("room faults", { timeout: 60_000 }, () => {
  const known = { service: "chat", last: 9, faults: [FAULT, { ...FAULT, room: "kitchen", text: "elsewhere" }, REST] };

  test("shows what is known, and follows from there", async () => {
    const { requests, address } = await startServer((request, response) => {
      if (request.url.endsWith("/faults")) return json(response, 200, known);
      begin(response);
      response.write(event({ ...FAULT, id: 10, text: "another" }));
    });
    const faults = start(["faults", "--server", address, "--service", "chat", "--room", "lobby"]);
    await faults.until(({ stdout }) => stdout.includes("another"));
    assert.equal(faults.heard.stdout.split("\n").length, 4);
    assert.doesNotMatch(faults.heard.stdout, /elsewhere/);
    assert.equal(requests[1].url, "/api/services/chat/events?kinds=fault%2Crest%2Clift&room=lobby");
    assert.equal(requests[1].headers["last-event-id"], "9");
  });

  test("shows and ends, with --once", async () => {
    const { address } = await startServer((request, response) => json(response, 200, known));
    const { status, stdout } = await room(["faults", "--once", "--server", address, "--service", "chat"]);
    assert.equal(status, 0);
    assert.match(stdout, /unreachable.*\n.*kitchen.*elsewhere.*\n.*REST for 10 s/);
  });
});

describe("room status", () => {
  test("says what is live, what rests and who is here", async () => {
    const { requests, address } = await startServer((request, response) => {
      if (request.url.includes("/rooms")) return json(response, 200, { service: "chat", rooms: [{ room: "lobby", members: 3 }], next: "lobby" });
      if (request.url.endsWith("/quarantine")) {
        return json(response, 200, { service: "chat", resting: [{ digest: "ab".repeat(32), room: "lobby", seconds: 7, lastFault: `unreachable${EVIL}` }] });
      }
      return json(response, 200, { service: "chat", live: "ab".repeat(32), versions: ["ab".repeat(32), "cd".repeat(32)] });
    }, { tellsWhetherThere: false });
    const { status, stdout } = await room(["status", "--server", address, "--service", "chat", "--token", "secret"]);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^'chat' at ${address}\n  live      abababababab\n  versions  2\n` +
      "  rests     room 'lobby' of abababababab, for 7 s: unreachable\\\\u\\{1b\\}.*\n.*'room lift'.*\n  room      lobby: 3 here\n.*and more rooms\n$"));
    assert.ok(requests.every(({ headers }) => headers.authorization === "Bearer secret"));
  });

});

describe("of a service that does not exist", () => {
  for (const words of [["logs"], ["faults"], ["faults", "--once"], ["status"], ["lift"]]) {
    test(`room ${words.join(" ")} says that it does not exist, and ends`, { timeout: 60_000 }, async () => {
      const { address } = await startServer((request, response) => {
        if (/\/chat$/.test(request.url)) return json(response, 404, { error: { kind: "not_found", message: "there is no service 'chat'" } });
        if (request.url.includes("/events")) return begin(response);
        return json(response, 200, { faults: [], last: 0, lifted: [], rooms: [], resting: [] });
      }, { tellsWhetherThere: false });
      const { status, stdout, stderr } = await room([...words, "--server", address, "--service", "chat"]);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.equal(stderr, `There is no service 'chat' at ${address}. 'room deploy' makes one, and --service names another.\n`);
    });
  }

  test("nothing is said where the server cannot tell now", { timeout: 60_000 }, async () => {
    const { address } = await startServer((request, response) => {
      if (/\/chat$/.test(request.url)) return json(response, 503, { error: { kind: "unavailable", message: "the store is away" } });
      begin(response);
      response.write(event(LINE));
    }, { tellsWhetherThere: false });
    const logs = start(["logs", "--server", address, "--service", "chat"]);
    await logs.until(({ stdout }) => stdout.includes("hello"));
  });
});

describe("with a token that is not the right one", () => {
  const refusals = [
    [401, { kind: "unauthenticated", message: "the token is none that this server knows" }],
    [401, { kind: "unauthenticated", message: "the token 'ann' has expired at 2026-01-01T00:00:00Z" }],
    [403, { kind: "denied", message: "the token does not allow this; it needs the scope 'deploy:chat'" }],
  ];
  for (const words of [["logs"], ["faults"], ["status"], ["lift"], ["replay", "lobby"]]) {
    test(`room ${words.join(" ")} says in one line what to do`, { timeout: 60_000 }, async () => {
      for (const [code, error] of refusals) {
        const { address } = await startServer((request, response) => json(response, code, { error }), { tellsWhetherThere: false });
        const { status, stdout, stderr } = await room([...words, "--server", address, "--service", "chat", "--token", "wrong"]);
        assert.deepEqual([status, stdout], [1, ""]);
        assert.equal(stderr, `${address} refused 'chat': ${error.message} (${error.kind}). Give another one with --token or ROOM_TOKEN; ` +
          "whoever runs the server makes it with 'sandbox-server token create'.\n");
      }
    });
  }
});

describe("room lift", () => {
  test("says what runs again, or that nothing rests", async () => {
    const { requests, address } = await startServer((request, response, number) =>
      json(response, 200, { service: "chat", lifted: number === 1 ? ["ab".repeat(32)] : [] }));
    const words = ["lift", "--server", address, "--service", "chat", "--token", "secret"];
    assert.equal((await room(words)).stdout, `'chat' runs again at ${address}: abababababab\n`);
    assert.equal((await room(words)).stdout, `Nothing of 'chat' rests at ${address}.\n`);
    assert.equal(`${requests[0].method} ${requests[0].url}`, "POST /api/services/chat/lift");
    assert.equal(requests[0].headers.authorization, "Bearer secret");
  });
});

describe("events", () => {
  async function events(...chunks) {
    const all = [];
    async function* bytes() {
      for (const chunk of chunks) yield Buffer.from(chunk);
    }
    for await (const each of eventsIn(bytes())) all.push(each);
    return all;
  }

  test("are put together from whatever pieces they come in", async () => {
    const text = "id: 1\nevent: log\ndata: {\"a\":\"ä\"}\n\n: alive\n\nevent: end\r\ndata: 1\r\ndata: 2\r\n\r\n";
    const whole = await events(text);
    assert.deepEqual(whole, [{ id: "1", type: "log", data: '{"a":"ä"}' }, null, { id: "1", type: "end", data: "1\n2" }]);
    for (let cut = 1; cut < Buffer.byteLength(text); cut++) {
      const bytes = Buffer.from(text);
      assert.deepEqual(await events(bytes.subarray(0, cut), bytes.subarray(cut)), whole, `cut at ${cut}`);
    }
  });

  test("of which nothing ends are given up", async () => {
    await assert.rejects(events("data: " + "x".repeat(2 << 20)), /a line without an end/);
    await assert.rejects(events("data: x\n".repeat(2_000)), /an event without an end/);
  });

  test("that nobody knows yet are shown all the same", () => {
    assert.equal(lineOf({ kind: "moon", time: "now", text: "full", omitted: 3 }), "now moon full [3 faults before it were left out]");
  });

  test("lose what a terminal obeys, and nothing else", () => {
    assert.equal(inert("tea ☕ für 2 € \\ \"'<b>"), "tea ☕ für 2 € \\ \"'<b>");
    assert.equal(inert(EVIL), "\\u{1b}[2J\\u{7}\\u{d}\\u{a}root@host# \\u{202e}\\u{2028}\\u{0} \\u{e0041}");
  });
});
