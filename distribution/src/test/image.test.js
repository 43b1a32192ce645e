/**
 * The image, its layers laid over each other as a runtime would, and run with the Java that is here: the layers of the
 * base, which has one of its own, may be missing ('-Dimage.base=scratch').
 */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

const HOME = "/opt/sandbox-server";
const folder = mkdtempSync(join(tmpdir(), "sandbox-image"));
const root = join(folder, "root");
let config;

before(() => {
  const image = join(folder, "image");
  execFileSync("mkdir", [image, root]);
  execFileSync("tar", ["-xf", process.env.IMAGE, "-C", image]);
  const json = (path) => JSON.parse(readFileSync(join(image, path), "utf8"));
  const blob = (digest) => `blobs/${digest.replace(":", "/")}`;
  const manifest = json(blob(json("index.json").manifests[0].digest));
  config = json(blob(manifest.config.digest)).config;
  // What Jib notes of times is news to GNU tar, which says so on each file.
  for (const layer of manifest.layers) execFileSync("tar", ["-xzf", join(image, blob(layer.digest)), "-C", root], { stdio: "ignore" });
});

after(() => rmSync(folder, { recursive: true }));

/** The command of the image, with its paths where the layers are here. */
function command() {
  const [java, ...rest] = config.Entrypoint;
  assert.equal(java, "java");
  return rest.map((each) => {
    if (!each.startsWith("@")) return each;
    return readFileSync(join(root, each.slice(1)), "utf8").trim().split(":").map((path) => join(root, path)).join(":");
  });
}

const env = { ...process.env, SANDBOX_TOKEN: "a".repeat(40) };
const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, "bin/java") : "java";

describe("the image", () => {
  test("is nobody's but the server's, and is told how it runs", () => {
    assert.equal(config.User, "10001");
    assert.equal(config.WorkingDir, HOME);
    assert.deepEqual(Object.keys(config.ExposedPorts).sort(), ["8080/tcp", "9090/tcp"]);
    assert.ok(config.Entrypoint.includes("-XX:+ExitOnOutOfMemoryError"), config.Entrypoint.join(" "));
  });

  test("has the libraries of the archive and the example rooms, and lets everybody read them", () => {
    const libraries = readdirSync(join(root, HOME, "libs"));
    for (const module of ["sandbox-core", "engine-chicory", "kv-redis", "store-s3"]) {
      assert.ok(libraries.some((name) => name.includes(module)), `${module} is not among ${libraries}`);
    }
    assert.ok(existsSync(join(root, HOME, "examples/chat.wasm")));
    assert.equal(statSync(join(root, HOME, "libs", libraries[0])).mode & 0o444, 0o444);
  });

  test("says its version, and what a setting is wrong with", () => {
    const version = spawnSync(java, [...command(), "--version"], { env, encoding: "utf8" });
    assert.equal(version.status, 0, version.stderr);
    assert.match(version.stdout, /WASM-Sandbox/);

    const wrong = spawnSync(java, [...command(), "config", "check"], { env: { ...env, SANDBOX_KV: "radish" }, encoding: "utf8" });
    assert.match(wrong.stdout + wrong.stderr, /radish/);
  });

  test("runs the example rooms", async () => {
    const server = spawn(java, [...command(), "--demo", join(root, HOME, "examples"), "--port", "0"],
      { env, stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => server.on("exit", (code, signal) => resolve(signal ?? code)));
    const url = await new Promise((resolve, reject) => {
      let output = "";
      server.stdout.setEncoding("utf8").on("data", (text) => {
        output += text;
        const found = /is ready: (\S+)/.exec(output)?.[1];
        if (found) resolve(found);
      });
      ended.then((code) => reject(new Error(`it ended with ${code}: ${output}`)));
    });
    const answer = await fetch(`${url}api/services/chat`, { headers: { authorization: `Bearer ${env.SANDBOX_TOKEN}` } });
    assert.ok((await answer.json()).live);
    server.kill("SIGTERM");
    assert.equal(await ended, 143);
  });
});
