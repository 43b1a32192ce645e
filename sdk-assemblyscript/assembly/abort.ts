/** What AssemblyScript's `abort` and `seed` become in a room. The compiler puts them in the place of its own. */
import { beginRequest, sendRequest, writeBeginning, writeField, writeI32, writeString } from "./abi/exchange";
import { event, requireEvent } from "./event";

// @ts-ignore: decorator
@external("sandbox", "abort")
declare function hostAbort(): void;

/** In UTF-16 units. With this the report always fits into the buffer, so it needs no memory: there may be none left. */
const MAX_MESSAGE: i32 = 1000;

const PLACE_BYTES: i32 = 8;
const POSITION: usize = 4;
const COLUMN_BITS: u32 = 10;
/**
 * Where the program has come to: its last call of a library, or loop, or function that calls itself. The host reads it when a hook
 * has trapped or run out of time, as the export `sandbox_place` tells it where this is. See compiler/noted-places.js, which adds the
 * code that notes it: the address of the file's name, a `str` of the ABI, and the line above {@link COLUMN_BITS} of column.
 */
const place: usize = memory.data(PLACE_BYTES);

/** The paths of libraries begin with it, and no others. */
const TILDE: u16 = 0x7e;

/** As the export `sandbox_place`. The host calls it once, when it loads the module. */
export function placeAddress(): i32 {
  return <i32>place;
}

/** A hook begins, and the program has come to nothing yet. */
export function forgetPlace(): void {
  store<u32>(place, 0);
}

/** Ends the hook: a failed `assert`, a `throw`, an index out of range. The host reports what is said here. */
export function abort(message: string | null, file: string | null, line: i32, column: i32): void {
  const noted = <usize>load<u32>(place);
  const isOfLibrary = noted != 0 && file !== null && load<u16>(changetype<usize>(file)) == TILDE;
  beginRequest();
  const said = message ? message : "";
  writeBeginning(said, min(said.length, MAX_MESSAGE));
  if (isOfLibrary) {
    const position = load<u32>(place, POSITION);
    line = position >> COLUMN_BITS;
    column = position & ((1 << COLUMN_BITS) - 1);
    writeField(noted);
  } else {
    writeString(file ? file : "");
  }
  writeI32(line);
  writeI32(column);
  sendRequest();
  hostAbort();
}

/** Seeds `Math.random` from the event, so that the same event gives the same numbers. */
export function seed(): f64 {
  requireEvent();
  return reinterpret<f64>(event.seed);
}

/** Lets `Math.random` ask for a {@link seed} again: a hook does not go on with the numbers of another. */
export function forgetDice(): void {
  // @ts-ignore: what the library keeps, by a name that the compiler's transform gives it
  __mathRandomIsSeeded = false;
}
