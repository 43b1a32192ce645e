/** Starts a compiled module once, as every host does before its first hook, to find what must not happen then. */
import { Guest } from "../testing/guest.js";
import { HookFailure } from "../testing/errors.js";
import { LIMITS } from "../testing/limits.js";
import { SourcePositions } from "../testing/source-positions.js";

/**
 * @param {Uint8Array} wasm
 * @param {string | undefined} sourceMap
 * @returns {{reason: string, position: {file: string, line: number, column: number} | null} | null} why no host could start
 *   it; null when hosts can
 */
export function failureToStart(wasm, sourceMap) {
  const positions = sourceMap === undefined ? null : new SourcePositions(wasm, sourceMap, 0);
  try {
    new Guest(new WebAssembly.Module(wasm), () => true, positions, LIMITS);
    return null;
  } catch (failure) {
    if (!(failure instanceof HookFailure)) throw failure;
    return { reason: failure.reason, position: failure.position };
  }
}
