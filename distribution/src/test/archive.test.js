/** The archive, unpacked and run as its README says. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "sandbox-archive"));
let home;

before(() => {
  execFileSync("tar", ["-xzf", process.env.ARCHIVE, "-C", folder]);
  home = join(folder, execFileSync("ls", [folder], { encoding: "utf8" }).trim());
});

after(() => rmSync(folder, { recursive: true }));

/** Runs the command to its end. */
function run(args, { env = {}, cwd = home, command = join(home, "bin/sandbox-server") } = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env: { ...process.env, ...env }, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

/** Starts a server; gives its URL, and a way to stop it that gives its exit status. */
function start(args, env = {}) {
  const server = spawn(join(home, "bin/sandbox-server"), [...args, "--port", "0"], {
    cwd: home,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => server.on("exit", (code, signal) => resolve(signal ?? code)));
  return new Promise((resolve, reject) => {
    let output = "";
    server.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      const url = /is ready: (\S+)/.exec(output)?.[1];
      if (url) {
        resolve({
          url,
          stop() {
            server.kill("SIGTERM");
            return ended;
          },
        });
      }
    });
    ended.then((code) => reject(new Error(`it ended with ${code}: ${output}`)));
  });
}

/** The variables that the manifest gives to a server, with what stands for its secrets. */
function environmentOfTheManifest() {
  const manifest = readFileSync(join(home, "conf/kubernetes.yaml"), "utf8");
  const plain = [...manifest.matchAll(/\{ name: (\w+), value: "?([^"}]*?)"? \}/g)].map(([, name, value]) => [name, value]);
  const secret = [...manifest.matchAll(/- name: ([A-Z_]+)\n\s+valueFrom/g)].map(([, name]) => [name, "redis://127.0.0.1"]);
  assert.ok(plain.length > 10 && secret.length === 3, "the manifest is not written as it is read here");
  return Object.fromEntries([...plain, ...secret]);
}

describe("the archive", () => {
  test("runs the examples", async () => {
    const server = await start(["--demo", "examples"], { SANDBOX_TOKEN: "a".repeat(40) });
    const answer = await fetch(`${server.url}api/services/chat`, { headers: { authorization: `Bearer ${"a".repeat(40)}` } });
    assert.ok((await answer.json()).live);
    assert.equal(await server.stop(), 143);
  });

  test("runs with the settings that are in it, once there is a token", async () => {
    const settings = ["--config", "conf/sandbox.properties"];
    const without = run(settings);
    assert.notEqual(without.status, 0);
    assert.match(without.output, /token/);

    assert.equal(run(["token", "create", "me", "--scope", "admin", "--file", "tokens"]).status, 0);
    assert.equal(run(["config", "check", ...settings]).status, 0);
    const server = await start(settings, { SANDBOX_SERVER_MANAGEMENT_PORT: "0" });
    assert.equal((await fetch(`${server.url}healthz`)).status, 200);
    assert.equal((await fetch(`${server.url}api/services`)).status, 401);
    assert.equal(await server.stop(), 143);
  });

  test("can be started by a link from elsewhere", () => {
    const link = join(folder, "link");
    symlinkSync(join(home, "bin/sandbox-server"), link);
    const { status, output } = run(["--version"], { command: link, cwd: tmpdir() });
    assert.equal(status, 0);
    assert.match(output, /WASM-Sandbox/);
  });

  test("says which Java is missing", () => {
    const { status, output } = run(["--version"], { env: { JAVA_HOME: "/nowhere" } });
    assert.equal(status, 1);
    assert.match(output, /JDK 17 or later is needed; no '\/nowhere\/bin\/java' was found/);
  });

  test("has manifests whose settings the server knows", () => {
    const tokens = join(folder, "tokens of the secret");
    assert.equal(run(["token", "create", "me", "--scope", "admin", "--file", tokens]).status, 0);
    const env = { ...environmentOfTheManifest(), SANDBOX_SERVER_TOKENFILE: tokens };
    const { status, output } = run(["config", "check"], { env, cwd: folder });
    assert.equal(status, 0, output);
    for (const name of Object.keys(env).filter((each) => each.startsWith("SANDBOX_"))) {
      assert.ok(output.includes(name), `${name} is not used: ${output}`);
    }

    const wrong = run(["config", "check"], { env: { ...env, SANDBOX_KV: "radish" }, cwd: folder });
    assert.match(wrong.output, /wrong: .*radish/, "what is wrong is found like this");
  });

  test("has a unit that systemd takes", (t) => {
    const { error, status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", unitForHere()], { encoding: "utf8" });
    if (error) {
      t.skip("there is no systemd-analyze here");
      return;
    }
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /sandbox-server\.service/);
  });
});

/** The unit with the path of the command that is here: systemd looks whether it is there. */
function unitForHere() {
  const unit = readFileSync(join(home, "conf/sandbox-server.service"), "utf8");
  const file = join(folder, "sandbox-server.service");
  writeFileSync(file, unit.replaceAll("/opt/sandbox-server", home));
  return file;
}
