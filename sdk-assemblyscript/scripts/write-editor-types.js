/**
 * Writes `editor/assembly/index.d.ts`: AssemblyScript's own types for editors, without what a room does not have, so that an
 * editor underlines what the build refuses. `node scripts/write-editor-types.js`, after the compiler's version has changed.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const SOURCE = new URL("../node_modules/assemblyscript/std/assembly/index.d.ts", import.meta.url);
const TARGET = new URL("../editor/assembly/index.d.ts", import.meta.url);

/** What is taken out, each of which must be there. */
const REMOVED = [
  / *\/\*\* Returns the current UTC timestamp in milliseconds\. \*\/\n *static now\(\): i64;\n/,
  ...["console", "process", "crypto", "performance"].map((name) =>
    new RegExp(`(?:/\\*\\*[^\\n]*\\*/\\n)?declare namespace ${name} \\{\\n[^]*?\\n\\}\\n`)),
  /(?:\/\*\*[^\n]*\*\/\n)?declare function trace\([^\n]*\n/,
];

/** With these an editor looks whether a list can be iterated over, and finds that it cannot. */
const ITERATION = `
interface IteratorYieldResult<T> { done?: false; value: T; }
interface IteratorReturnResult<T> { done: true; value: T; }
type IteratorResult<T, R = any> = IteratorYieldResult<T> | IteratorReturnResult<R>;
interface Iterator<T, R = any, N = any> { next(): IteratorResult<T, R>; }
interface Iterable<T, R = any, N = any> { [Symbol.iterator](): Iterator<T, R, N>; }
interface IterableIterator<T, R = any, N = any> extends Iterator<T, R, N> { [Symbol.iterator](): IterableIterator<T, R, N>; }
`;

/** @returns {Promise<string>} the types as this version of the compiler wants them */
export async function editorTypes() {
  let text = await readFile(SOURCE, "utf8");
  for (const pattern of REMOVED) {
    if (!pattern.test(text)) throw new Error(`The compiler's types have no ${pattern}.`);
    text = text.replace(pattern, "");
  }
  return "// AssemblyScript's types (Apache License 2.0, Copyright The AssemblyScript Authors) without what a room does not have.\n" +
    `// Written by scripts/write-editor-types.js.\n${text}${ITERATION}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(TARGET, await editorTypes());
