/**
 * `node run.js script <seed>` prints a script as JSON; `node run.js mock <seed>` what the mock room makes of it, as JSON lines;
 * `node run.js all <folder>` writes both for all seeds, and the guests' modules: what a test of another host needs.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "@cloudramp/room/compiler";
import { linesOf } from "./mock.js";
import { scriptOf } from "./script.js";

/** From 1 on. */
export const SEEDS = 200;

const here = path.dirname(fileURLToPath(import.meta.url));

/** The modules of the guests, by name. */
export async function guests() {
  const compiled = {};
  for (const name of ["functions", "class"]) {
    const { ok, report, wasm } = await compile({ directory: here, name, entry: `${name}.ts` });
    if (!ok || report) throw new Error(report);
    compiled[name] = wasm;
  }
  return compiled;
}

const asLines = (values) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

async function main([what, argument]) {
  if (what === "script") {
    process.stdout.write(`${JSON.stringify(scriptOf(Number(argument)), null, 2)}\n`);
  } else if (what === "mock") {
    const script = scriptOf(Number(argument));
    process.stdout.write(asLines(linesOf(script, (await guests())[script.guest])));
  } else if (what === "all" && argument) {
    const modules = await guests();
    await mkdir(argument, { recursive: true });
    for (const [name, wasm] of Object.entries(modules)) await writeFile(path.join(argument, `${name}.wasm`), wasm);
    for (let seed = 1; seed <= SEEDS; ++seed) {
      const script = scriptOf(seed);
      await writeFile(path.join(argument, `${seed}.script.json`), JSON.stringify(script));
      await writeFile(path.join(argument, `${seed}.mock.jsonl`), asLines(linesOf(script, modules[script.guest])));
    }
  } else {
    process.stderr.write("Usage: node run.js script <seed> | mock <seed> | all <folder>\n");
    process.exitCode = 2;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
