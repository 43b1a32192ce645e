/** What AssemblyScript's `abort` and `seed` become in a room. The compiler puts them in the place of its own. */
import { beginRequest, sendRequest, writeBeginning, writeI32, writeString } from "./abi/exchange";
import { event } from "./event";

// @ts-ignore: decorator
@external("sandbox", "abort")
declare function hostAbort(): void;

/** In UTF-16 units. With this the report always fits into the buffer, so it needs no memory: there may be none left. */
const LONGEST_MESSAGE: i32 = 1000;

/** Ends the hook: a failed `assert`, a `throw`, an index out of range. The host reports what is said here. */
export function abort(message: string | null, file: string | null, line: i32, column: i32): void {
  beginRequest();
  const said = message ? message : "";
  writeBeginning(said, min(said.length, LONGEST_MESSAGE));
  writeString(file ? file : "");
  writeI32(line);
  writeI32(column);
  sendRequest();
  hostAbort();
}

/** Seeds `Math.random` from the event, so that the same event gives the same numbers. */
export function seed(): f64 {
  return reinterpret<f64>(event.seed);
}
