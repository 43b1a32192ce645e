/**
 * All tests in one process. The test runner would start one for each file, and half of what most files take is the
 * compiler's own start, and its first compilations, which are slow until Node has compiled the compiler.
 *
 * A file alone: `node --liftoff-only --test test/kv.test.js`.
 */
import { readdirSync } from "node:fs";

const tests = new URL("../test/", import.meta.url);
for (const file of readdirSync(tests).sort()) await import(new URL(file, tests));
