import { createContext, Script } from "node:vm";

const context = createContext({});
const script = new Script("run()");

/**
 * Runs what may never end: a WebAssembly function cannot be interrupted but by the virtual machine itself.
 *
 * @template T
 * @param {number} milliseconds Infinity for no end
 * @param {() => T} run
 * @returns {T}
 * @throws {OutOfTime} when its time was up; what it threw itself comes out as it is
 */
export function withinTime(milliseconds, run) {
  if (milliseconds === Infinity) return run();
  const outer = context.run; // a hook that closes a connection is followed by another, within it
  context.run = run;
  try {
    return script.runInContext(context, { timeout: Math.max(1, Math.ceil(milliseconds)) });
  } catch (error) {
    if (error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") throw new OutOfTime();
    throw error;
  } finally {
    context.run = outer;
  }
}

/** Something ran for longer than it may. */
export class OutOfTime extends Error {}
