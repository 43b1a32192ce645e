/** Compiles one file as 'npx room build' does: `node compile.js <source> <module>`. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { compile } from "@cloudramp/room/compiler";

const [source, target] = process.argv.slice(2).map((file) => path.resolve(file));
const { ok, report, wasm } = await compile({ directory: path.dirname(source), name: "room", entry: path.basename(source) });
process.stderr.write(report);
if (!ok) process.exit(1);
await writeFile(target, wasm);
