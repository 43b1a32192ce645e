// Makes the modules that the tests here run, below the folder that is given:
//
//   attacks.wasm      from src/test/wat/attacks.wat, each other .wat file likewise
//   spec/*.txt        the scripts of the specification's tests, from src/test/spec, in lines that Java reads
//   noise/*.wasm      what Binaryen makes of seeded noise; NOISE=<count> makes more than the short form needs
//
// Installs its tools first, unless node_modules already is what package-lock.json asks for.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2];

installTools();
mkdirSync(target, { recursive: true });
const { makeGuests } = await import("./make-guests.mjs");
await makeGuests(join(here, "src", "test", "wat"), target);
const { convertScripts } = await import("./make-spec-tests.mjs");
await convertScripts(join(here, "src", "test", "spec"), join(target, "spec"));
const { makeNoise } = await import("./make-noise.mjs");
await makeNoise(join(target, "noise"), Number(process.env.NOISE ?? 24));

function installTools() {
  const stamp = join(here, "node_modules", ".installed-lock");
  const wanted = createHash("sha256").update(readFileSync(join(here, "package-lock.json"))).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) {
    return;
  }
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], { cwd: here, stdio: "inherit" });
  writeFileSync(stamp, wanted);
}
