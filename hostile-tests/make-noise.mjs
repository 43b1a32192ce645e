// Modules from noise: Binaryen's "translate to fuzz" reads random bytes as decisions of what to write. Every run
// makes the same ones. Those that are there already are not made again.
//
// Each gets a function "global:<n>" for each of its globals of numbers, so that two engines can be compared by what
// is in them; the sandbox's own interface shows no globals. Its memory is exported for the same reason.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));

/** What the gate takes. Every fourth seed may also use what outlives a restore, which the gate then refuses. */
const features = [
  "--mvp-features", "--enable-mutable-globals", "--enable-sign-ext", "--enable-nontrapping-float-to-int",
  "--enable-multivalue", "--enable-bulk-memory-opt",
];
const more = [[], [], [], ["--enable-bulk-memory"]];

export async function makeNoise(target, count) {
  mkdirSync(target, { recursive: true });
  const seeds = Array.from({ length: count }, (_, seed) => seed).filter((seed) => !existsSync(file(target, seed)));
  if (seeds.length === 0) {
    return;
  }
  const { default: binaryen } = await import("binaryen");
  const wasmOpt = loadWasmOpt();
  for (const seed of seeds) {
    await make(binaryen, wasmOpt, target, seed);
  }
}

async function make(binaryen, wasmOpt, target, seed) {
  const noise = join(target, `${seed}.noise`);
  const fuzz = join(target, `${seed}.fuzz`);
  const made = join(target, `${seed}.made`);
  writeFileSync(noise, bytesOf(seed));
  rmSync(fuzz, { force: true });
  // NaNs may have any bits by the specification, so none may be seen.
  await wasmOpt(
    [noise, "--translate-to-fuzz", "--denan", ...features, ...more[seed % more.length], "-o", fuzz], fuzz);
  writeFileSync(made, withGetters(binaryen, readFileSync(fuzz)));
  rmSync(noise);
  rmSync(fuzz);
  renameSync(made, file(target, seed));
}

/**
 * The tool wasm-opt as a function. As a process of its own it spends a second on compiling itself, each time; so its
 * script is run here again and again, with the module compiled once.
 */
function loadWasmOpt() {
  const path = join(here, "node_modules", "binaryen", "bin", "wasm-opt");
  const script = readFileSync(path, "utf8").replace(/^#!.*\n/, "");
  const main = new Function("require", "module", "exports", "__dirname", "__filename", "process", script);
  const instantiate = WebAssembly.instantiate;
  let compiled;
  WebAssembly.instantiate = async (source, imports) => {
    if (source instanceof WebAssembly.Module || source.byteLength < 1_000_000) {
      return instantiate(source, imports);
    }
    compiled ??= await WebAssembly.compile(source);
    return { module: compiled, instance: await instantiate(compiled, imports) };
  };
  process.setMaxListeners(0);
  for (const event of ["unhandledRejection", "uncaughtException"]) {
    process.on(event, (error) => {
      if (error?.name !== "ExitStatus" || error.status !== 0) {
        console.error(error);
        process.exit(1);
      }
    });
  }
  return async (args, output) => {
    const own = Object.create(process, { argv: { value: ["node", path, ...args] } });
    main(require, { exports: {} }, {}, dirname(path), path, own);
    while (!existsSync(output)) {
      await setImmediate();
    }
  };
}

function file(target, seed) {
  return join(target, `${seed}.wasm`);
}

/** Between 0.5 and 8 KB; more noise makes larger modules. */
function bytesOf(seed) {
  const blocks = 16 + (createHash("sha256").update(`length ${seed}`).digest().readUInt16LE() % 240);
  return Buffer.concat(
    Array.from({ length: blocks }, (_, i) => createHash("sha256").update(`noise ${seed} ${i}`).digest()));
}

function withGetters(binaryen, wasm) {
  const module = binaryen.readBinary(wasm);
  const { BulkMemory, BulkMemoryOpt, Multivalue, MutableGlobals, NontrappingFPToInt, SignExt } =
    binaryen.Features;
  // With more than these it writes imports in a form of its own, with fewer it forgets the count of data segments.
  module.setFeatures(
    BulkMemory | BulkMemoryOpt | Multivalue | MutableGlobals | NontrappingFPToInt | SignExt);
  const numbers = new Set([binaryen.i32, binaryen.i64, binaryen.f32, binaryen.f64]);
  const globals = module.getNumGlobals();
  for (let i = 0; i < globals; i++) {
    const { name, type, module: importedFrom } = binaryen.getGlobalInfo(module.getGlobalByIndex(i));
    if (numbers.has(type) && !importedFrom) {
      module.addFunction(`global:${i}`, binaryen.none, type, [], module.global.get(name, type));
      module.addFunctionExport(`global:${i}`, `global:${i}`);
    }
  }
  if (!module.getExport("memory")) {
    module.addMemoryExport("0", "memory"); // else nobody could look into it
  }
  const binary = module.emitBinary();
  module.dispose();
  return binary;
}
