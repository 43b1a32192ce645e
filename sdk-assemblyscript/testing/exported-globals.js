/** What a replay does with a module: its mutable globals are a part of what a room remembers. */
import { number, readNumber } from "./capped-memory.js";

const HEADER_BYTES = 8;
const GLOBAL_SECTION = 6;
const EXPORT_SECTION = 7;
const GLOBAL_EXPORT = 3;
const END = 0x0b;
const TYPES = { 0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64" };

/**
 * A module that exports its mutable globals as well, under names that no program can use.
 *
 * @param {Uint8Array} wasm
 * @returns {{wasm: Uint8Array, shift: number, globals: {name: string, type: string}[] | null}} the module, by how many
 *   bytes its code lies further back than before, and its mutable globals in their order; null when one is a reference
 */
export function withExportedGlobals(wasm) {
  const globals = [];
  for (let at = HEADER_BYTES; at < wasm.length;) {
    const section = wasm[at];
    const size = readNumber(wasm, at + 1);
    const end = size.next + size.value;
    if (section === GLOBAL_SECTION) {
      const found = mutableGlobals(wasm, size.next);
      if (found.some(({ type }) => type === undefined)) return { wasm, shift: 0, globals: null };
      globals.push(...found);
    }
    if (section === EXPORT_SECTION) {
      const count = readNumber(wasm, size.next);
      const more = globals.flatMap(({ name, index }) => [...text(name), GLOBAL_EXPORT, ...number(index)]);
      const body = Uint8Array.from([...number(count.value + globals.length), ...wasm.subarray(count.next, end), ...more]);
      const exported = Uint8Array.from([...wasm.subarray(0, at), section, ...number(body.length), ...body, ...wasm.subarray(end)]);
      return { wasm: exported, shift: exported.length - wasm.length, globals };
    }
    at = end;
  }
  return { wasm, shift: 0, globals: null };
}

function mutableGlobals(wasm, start) {
  const count = readNumber(wasm, start);
  const found = [];
  let at = count.next;
  for (let index = 0; index < count.value; index++) {
    const [type, isMutable] = [TYPES[wasm[at]], wasm[at + 1] === 1];
    at = behindConstant(wasm, at + 2);
    if (isMutable) found.push({ name: `sandbox:global:${index}`, type, index });
  }
  return found;
}

/** Behind an expression of one constant. */
function behindConstant(wasm, start) {
  const operand = start + 1;
  const behind = {
    0x43: operand + 4,
    0x44: operand + 8,
    0xd0: operand + 1,
  }[wasm[start]] ?? readNumber(wasm, operand).next;
  if (wasm[behind] !== END) throw new Error("A global of the module begins with more than a constant, which no host accepts.");
  return behind + 1;
}

function text(name) {
  return [name.length, ...new TextEncoder().encode(name)];
}
