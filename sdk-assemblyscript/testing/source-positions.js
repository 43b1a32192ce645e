import { SourceMap } from "node:module";
import { readNumber } from "./capped-memory.js";

const WASM_FRAME = /wasm-function\[\d+\]:0x([0-9a-f]+)/g;
const HEADER_BYTES = 8;
const CODE_SECTION = 10;

/** Knows which line of source each place in a module came from. */
export class SourcePositions {
  #map;
  /** Where each function's code begins in the module, in ascending order. */
  #functionStarts;
  #shift;

  /**
   * @param {Uint8Array} wasm
   * @param {string} sourceMap as the compiler writes it beside the module
   * @param {number} shift by how many bytes the code of what runs lies behind that of the module
   */
  constructor(wasm, sourceMap, shift) {
    this.#shift = shift;
    this.#map = new SourceMap(JSON.parse(sourceMap));
    this.#functionStarts = functionStarts(wasm);
  }

  /**
   * Where in the program's own files an error came from: the innermost call that is not in a library.
   *
   * @param {string} stack of an error that passed through the module
   * @returns {{file: string, line: number, column: number} | null}
   */
  ofProgramIn(stack) {
    const offsets = [...stack.matchAll(WASM_FRAME)].map(([, offset]) => parseInt(offset, 16) - this.#shift);
    for (const offset of offsets) {
      const position = this.#programAt(offset);
      if (position) return position;
    }
    // The optimiser puts a small function of a library into the one that calls it, and leaves no call to be seen.
    // What the program did last before it is the line that called it, or the one before that.
    for (const offset of offsets) {
      const start = this.#functionStarts.findLast((each) => each <= offset);
      for (let before = offset; before > start; --before) {
        const position = this.#programAt(before);
        if (position) return position;
      }
    }
    return null;
  }

  #programAt(offset) {
    // In a source map of a module, all is on one line, and the column is the byte.
    const { originalSource, originalLine, originalColumn } = this.#map.findEntry(0, offset);
    if (!isProgramFile(originalSource)) return null;
    return { file: originalSource, line: originalLine + 1, column: originalColumn + 1 };
  }
}

/** Whether a file is the programmer's: neither a library's, nor the glue that the compiler adds. */
export function isProgramFile(file) {
  return file !== undefined && !file.startsWith("~lib/") && file !== "sandbox-room.ts";
}

function functionStarts(wasm) {
  let at = HEADER_BYTES;
  const number = () => {
    const { value, next } = readNumber(wasm, at);
    at = next;
    return value;
  };
  while (at < wasm.length) {
    const section = wasm[at++];
    const size = number();
    if (section !== CODE_SECTION) {
      at += size;
      continue;
    }
    return Array.from({ length: number() }, () => {
      const bytes = number();
      at += bytes;
      return at - bytes;
    });
  }
  return [];
}
