/** What AssemblyScript's `abort` and `seed` become in a room. The compiler puts them in the place of its own. */
import { beginRequest, sendRequest, writeBeginning, writeI32, writeString } from "./abi/exchange";
import { event, requireEvent } from "./event";

// @ts-ignore: decorator
@external("sandbox", "abort")
declare function hostAbort(): void;

/** In UTF-16 units. With this the report always fits into the buffer, so it needs no memory: there may be none left. */
const MAX_MESSAGE: i32 = 1000;

/** Where the program last called a library: see compiler/caller-positions.js, which adds the code that notes it. */
let callerFile: usize = 0;
/** The line, and below it {@link COLUMN_BITS} of column. */
let callerPlace: u32 = 0;
const COLUMN_BITS: u32 = 10;

/** The paths of libraries begin with it, and no others. */
const TILDE: u16 = 0x7e;

/** A hook begins, and the program has called nothing yet. */
export function forgetCaller(): void {
  callerFile = 0;
}

/** Ends the hook: a failed `assert`, a `throw`, an index out of range. The host reports what is said here. */
export function abort(message: string | null, file: string | null, line: i32, column: i32): void {
  if (callerFile && file && load<u16>(changetype<usize>(file)) == TILDE) {
    file = changetype<string>(callerFile);
    line = callerPlace >> COLUMN_BITS;
    column = callerPlace & ((1 << COLUMN_BITS) - 1);
  }
  beginRequest();
  const said = message ? message : "";
  writeBeginning(said, min(said.length, MAX_MESSAGE));
  writeString(file ? file : "");
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
