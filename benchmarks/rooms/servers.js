/** The servers that are compared: how each is started, and what it is. */
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { COLYSEUS, PLAIN } from "./member.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const bin = (path) => join(here, "node_modules", path);

/** Each hertz of the kernel's clock is so many microseconds of processor time. */
const TICK_MICROS = 1_000_000 / Number(execFileSync("getconf", ["CLK_TCK"]));
const PATIENCE = 60_000;

/** Of what a server has printed last, for when something goes wrong. */
const LINES_KEPT = 20;

const files = {
  jar: join(root, "sandbox-server/target/sandbox-server.jar"),
  rooms: join(root, "examples/guests/target/guests"),
  guest: join(root, "benchmarks/target/wat/chat.wasm"),
};

/** What has to be built or installed before these servers can be measured. */
export function missingFiles(servers) {
  return [...new Set(servers.flatMap(({ needs }) => needs))].filter((file) => !existsSync(file));
}

/** All clients are one address here. */
const MANY_CONNECTIONS = { "server.connections": "20000", "server.connectionsPerAddress": "20000" };

/** As the others are: one thread carries all connections, and rooms keep no log for those who come back, which is for the demo's page. */
const LIKE_THE_OTHERS = { "server.loops": "1", "rooms.shared": "auto" };

/** @param {Record<string, string>} settings without `sandbox.` */
const ours = (name, about, settings = {}) => ({
  name,
  about,
  needs: [files.jar, files.rooms],
  path: "/rooms/chat/",
  protocol: PLAIN,
  isJvm: true,
  start: () =>
    launch(javaCommand(), ["-Xmx512m", "-XX:+ExitOnOutOfMemoryError", "-jar", files.jar, "--demo", files.rooms, "--port", "0"], {
      port: /WASM-Sandbox is ready: http:\/\/[^:]+:(\d+)\//,
      env: Object.fromEntries(Object.entries({ ...MANY_CONNECTIONS, ...LIKE_THE_OTHERS, ...settings }).map(([setting, value]) => [variable(setting), value])),
    }),
});

const script = (name, about, command, file, protocol = PLAIN) => ({
  name,
  about,
  needs: [files.guest, bin("ws")],
  path: "/rooms/chat/",
  protocol,
  start: () => launch(command, [join(here, "servers", file), files.guest], { port: /^port (\d+)$/ }),
});

export const SERVERS = [
  ours("sandbox", "this server with one loop; hostile code is limited, and put back to its image after each hook"),
  script("bun", "Bun, `publish`; the hook is trusted", bin("@oven/bun-linux-x64/bin/bun"), "bun.js"),
  script("ws", "Node and `ws`; the hook is trusted", process.execPath, "ws.js"),
  script("colyseus", "Colyseus on Node and `ws`; the hook is trusted", process.execPath, "colyseus.js", COLYSEUS),
  {
    name: "workerd",
    about: "workerd, a Durable Object for each room, in memory; isolated by V8",
    needs: [files.guest, bin("workerd")],
    path: "/rooms/chat/",
    protocol: PLAIN,
    start: startWorkerd,
  },
];

/** This server once more, from `name:setting=value,setting=value`. */
export function variant(text) {
  const [name, settings = ""] = text.split(/:(.*)/s);
  const pairs = settings.split(",").map((pair) => pair.split(/=(.*)/s).slice(0, 2));
  if (!/^[\w-]+$/.test(name) || pairs.some((pair) => pair.length < 2)) {
    throw new Error(`a variant is written name:setting=value,setting=value, and not "${text}"`);
  }
  return ours(name, `this server with ${settings}`, Object.fromEntries(pairs));
}

function variable(setting) {
  return `SANDBOX_${setting.replaceAll(".", "_").toUpperCase()}`;
}

function javaCommand() {
  return process.env.JAVA_HOME ? join(process.env.JAVA_HOME, "bin/java") : "java";
}

async function startWorkerd() {
  const folder = mkdtempSync(join(tmpdir(), "workerd-"));
  const port = await freePort();
  copyFileSync(join(here, "servers/workerd.js"), join(folder, "worker.js"));
  copyFileSync(join(here, "chat-guest.js"), join(folder, "chat-guest.js"));
  copyFileSync(files.guest, join(folder, "chat.wasm"));
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .rooms)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const rooms :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "chat-guest.js", esModule = embed "chat-guest.js"),
    (name = "chat.wasm", wasm = embed "chat.wasm"),
  ],
  compatibilityDate = "2026-01-01",
  durableObjectNamespaces = [(className = "Room", uniqueKey = "rooms")],
  durableObjectStorage = (inMemory = void),
  bindings = [(name = "ROOMS", durableObjectNamespace = "Room")],
);
`,
  );
  const server = await launch(bin("@cloudflare/workerd-linux-64/bin/workerd"), ["serve", join(folder, "config.capnp")], { port: Number(port) });
  return { ...server, stop: async () => (await server.stop(), rmSync(folder, { recursive: true })) };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts a process and waits until it listens.
 *
 * @param {{ port: RegExp | number, env?: Record<string, string> }} how its port becomes known: by what it prints, or because it was told
 */
async function launch(command, args, { port, env = {} }) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const lines = [];
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on("line", (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
    });
  }
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
    await ended;
    clearTimeout(timer);
  };
  const ready = typeof port === "number" ? until(port) : said(child, port);
  const why = await Promise.race([ready, ended.then(() => "it has ended"), timeOut()]);
  if (typeof why === "string") {
    await stop();
    throw new Error(`${command} ${args.join(" ")}: ${why}\n${lines.join("\n")}`);
  }
  return { port: why, pid: child.pid, cpuMicros: () => cpuMicros(child.pid), lastLines: () => lines.join("\n"), stop };
}

function said(child, pattern) {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = line.match(pattern);
      if (match) resolve(Number(match[1]));
    });
  });
}

async function until(port) {
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return port;
    } catch (error) {
      if (error.cause?.code !== "ECONNREFUSED") return port; // somebody is there, whatever he thinks of the request
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function timeOut() {
  return new Promise((resolve) => setTimeout(() => resolve("it does not listen after a minute"), PATIENCE).unref());
}

/** What the process and all of its threads have used, in microseconds; see proc_pid_stat(5). */
function cpuMicros(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS;
}
