// Compiles .wat files with every feature that the compiler has: what the sandbox takes is its own decision.
//
// A line "(; repeat 3000 ;) <text>" stands for 3,000 times its text: what is too long to be written by hand.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import loadCompiler from "wabt";

const everything = {
  exceptions: true, threads: true, simd: true, tail_call: true, multi_memory: true, memory64: true, gc: true,
  extended_const: true, relaxed_simd: true,
};

export async function makeGuests(sources, target) {
  const compiler = await loadCompiler();
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(sources).filter((file) => file.endsWith(".wat"))) {
    const text = readFileSync(join(sources, name), "utf8").replace(
      /^\s*\(; repeat (\d+) ;\)(.*)$/gm, (_, times, line) => line.repeat(Number(times)));
    try {
      const module = compiler.parseWat(name, text, everything);
      module.resolveNames();
      writeFileSync(join(target, name.replace(/\.wat$/, ".wasm")), module.toBinary({}).buffer);
    } catch (error) {
      console.error(error.message); // left to itself, node prints the line that threw: the whole compiler
      process.exit(1);
    }
  }
}
