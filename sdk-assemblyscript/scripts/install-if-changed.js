/**
 * Runs `npm ci` in the current folder, unless its package-lock.json is the one that was installed last. `npm ci`
 * alone would install everything anew in each build.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

const STAMP = "node_modules/.installed-lock";

const lock = createHash("sha256").update(readFileSync("package-lock.json")).digest("hex");
if (!existsSync(STAMP) || readFileSync(STAMP, "utf8") !== lock) {
  // On Windows npm is a script, which only a shell can start.
  const { status } = spawnSync("npm ci --no-progress", { stdio: "inherit", shell: true });
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync("node_modules", { recursive: true });
  writeFileSync(STAMP, lock);
}
