/** Starts a compiled module once, as every host does before its first hook, to find what must not happen then. */
import { Guest } from "../testing/guest.js";
import { HookFailure } from "../testing/errors.js";
import { SourcePositions } from "../testing/source-positions.js";

/** Any function that a host may have: none of them may be called before a hook runs. */
const ANY_FUNCTION = new Proxy({}, { get: () => () => {} });

/**
 * @param {Uint8Array} wasm
 * @param {string | undefined} sourceMap
 * @returns {{reason: string, position: {file: string, line: number, column: number} | null} | null} why no host could start
 *   it; null when hosts can
 */
export function failureToStart(wasm, sourceMap) {
  const positions = sourceMap === undefined ? null : new SourcePositions(wasm, sourceMap, 0);
  try {
    new Guest(new WebAssembly.Module(wasm), ANY_FUNCTION, positions);
    return null;
  } catch (failure) {
    if (!(failure instanceof HookFailure)) throw failure;
    return { reason: failure.reason, position: failure.position };
  }
}
