/**
 * What the compiler uses of `node:vm`, to run for a moment what may never end. In a browser nothing can interrupt a
 * module inside a worker; the page ends the worker instead (see compiler-client.js).
 */
export const createContext = (context) => context;

export class Script {
  runInContext(context) {
    return context.run();
  }
}
