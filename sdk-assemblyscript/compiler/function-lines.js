/**
 * Adds to what a module calls the program's functions the line where each begins. The names are all that a host knows of the
 * place where a hook has trapped or run out of time. Nothing but the module's section of names changes.
 */
import { number, readNumber } from "../testing/capped-memory.js";

const HEADER_BYTES = 8;
const CUSTOM_SECTION = 0;
const FUNCTION_NAMES = 1;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * The line where each function of `sources` begins, by the name that the compiler gives it.
 *
 * @param {object} program the compiler's
 * @param {Set<object>} sources
 * @returns {Map<string, number>}
 */
export function linesOfFunctions(program, sources) {
  const lines = new Map();
  for (const [name, { declaration }] of program.instancesByName) {
    const { source, start } = declaration?.range ?? {};
    if (sources.has(source)) lines.set(name, source.lineAt(start));
  }
  return lines;
}

/**
 * The module with the lines in its names; the module itself if it has no names.
 *
 * @param {Uint8Array} wasm
 * @param {Map<string, number>} lines
 */
export function withFunctionLines(wasm, lines) {
  for (let at = HEADER_BYTES; at < wasm.length;) {
    const { value: size, next: start } = readNumber(wasm, at + 1);
    const end = start + size;
    if (wasm[at] === CUSTOM_SECTION) {
      const { value: length, next } = readNumber(wasm, start);
      if (decoder.decode(wasm.subarray(next, next + length)) === "name") {
        const names = wasm.subarray(next + length, end);
        const content = [...wasm.subarray(start, next + length), ...named(names, lines)];
        return Uint8Array.from([...wasm.subarray(0, at), CUSTOM_SECTION, ...number(content.length), ...content, ...wasm.subarray(end)]);
      }
    }
    at = end;
  }
  return wasm;
}

/** The content of the section: of its parts, that with the names of functions anew. */
function named(names, lines) {
  const parts = [];
  for (let at = 0; at < names.length;) {
    const { value: size, next } = readNumber(names, at + 1);
    const part = names.subarray(next, next + size);
    const content = names[at] === FUNCTION_NAMES ? functionNames(part, lines) : [...part];
    parts.push(names[at], ...number(content.length), ...content);
    at = next + size;
  }
  return parts;
}

function functionNames(part, lines) {
  let at = 0;
  const take = () => {
    const { value, next } = readNumber(part, at);
    at = next;
    return value;
  };
  const count = take();
  const result = number(count);
  for (let i = 0; i < count; i++) {
    const index = take();
    const length = take();
    const name = decoder.decode(part.subarray(at, at + length));
    at += length;
    const line = lines.get(name);
    const bytes = encoder.encode(line === undefined ? name : `${name} (from line ${line})`);
    result.push(...number(index), ...number(bytes.length), ...bytes);
  }
  return result;
}
