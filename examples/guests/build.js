/**
 * Compiles every example, as `npx room build` in its folder would, but in one process: `node build.js [folder]`.
 * With a folder, a copy of each module that every host can run is put there, and nothing else is left in it.
 */
import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "@cloudramp/room/compiler";

/** What every host has. A room that imports more needs a plugin. */
const BUILT_IN = new Set(["room", "conn", "kv", "request", "sandbox", "timer"]);

const here = path.dirname(fileURLToPath(import.meta.url));
const collected = process.argv[2];
if (collected) {
  await rm(collected, { recursive: true, force: true });
  await mkdir(collected, { recursive: true });
}

const { workspaces } = JSON.parse(await readFile(path.join(here, "package.json"), "utf8"));
for (const name of workspaces) {
  const directory = path.join(here, name);
  const compilation = await build({ directory, name });
  process.stderr.write(compilation.report);
  if (!compilation.ok) process.exit(1);
  process.stdout.write(`${name}/${compilation.path}  ${compilation.wasm.length.toLocaleString("en")} bytes\n`);
  const needsPlugin = WebAssembly.Module.imports(await WebAssembly.compile(compilation.wasm))
    .some(({ module }) => !BUILT_IN.has(module));
  if (collected && !needsPlugin) await copyFile(path.join(directory, compilation.path), path.join(collected, `${name}.wasm`));
}
