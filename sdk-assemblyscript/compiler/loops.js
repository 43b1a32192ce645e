/**
 * Lets a hook that has run out of time say in which of the program's functions it was. A host knows the functions that were
 * running, and the optimiser puts most into those that call them, so that all it could name was the hook. A function with a
 * loop stays one of its own: what its call costs is little beside what the loop does.
 *
 * The compiler has no hook for that, so the methods that compile loops are wrapped, for the programs named here and no
 * others. That is safe because the compiler's version is fixed in package.json.
 */
import { Compiler } from "assemblyscript";

/** The sources whose loops are looked at, and the functions found to have one, for each program. */
const programs = new WeakMap();

/**
 * Looks for functions with loops in `sources`, while `program` is compiled.
 *
 * @param {object} program the compiler's
 * @param {object[]} sources those that the programmer has written
 */
export function watchFunctionsWithLoops(program, sources) {
  programs.set(program, { sources: new Set(sources), functions: new Set() });
}

/**
 * Tells the optimiser to leave the functions with loops that were found where they are.
 *
 * @param {object} program the compiler's
 * @param {object} module what has been made of it
 * @param {object} binaryen
 */
export function keepFunctionsWithLoops(program, module, binaryen) {
  for (const name of programs.get(program)?.functions ?? []) {
    binaryen.setPassArgument("no-inline", name);
    module.runPasses(["no-inline"]);
  }
  binaryen.setPassArgument("no-inline", null);
}

for (const method of ["compileForStatement", "compileWhileStatement", "compileDoStatement"]) {
  const compile = Compiler.prototype[method];
  Compiler.prototype[method] = function (statement, ...rest) {
    const found = programs.get(this.program);
    if (found?.sources.has(statement.range.source)) found.functions.add(this.currentFlow.sourceFunction.internalName);
    return compile.call(this, statement, ...rest);
  };
}
