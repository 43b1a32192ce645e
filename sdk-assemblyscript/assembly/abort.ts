/** What AssemblyScript's `abort` and `seed` become in a room. The compiler puts them in the place of its own. */
import { beginRequest, sendRequest, writeString, writeU32 } from "./abi/exchange";
import { event } from "./event";

// @ts-ignore: decorator
@external("sandbox", "abort")
declare function hostAbort(): void;

/** Ends the hook: a failed `assert`, a `throw`, an index out of range. The host reports what is said here. */
export function abort(message: string | null, file: string | null, line: i32, column: i32): void {
  beginRequest();
  writeString(message ? message : "");
  writeString(file ? file : "");
  writeU32(line);
  writeU32(column);
  sendRequest();
  hostAbort();
}

/** Seeds `Math.random` from the event, so that the same event gives the same numbers. */
export function seed(): f64 {
  return reinterpret<f64>(event.seed);
}
