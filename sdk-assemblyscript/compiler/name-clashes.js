/**
 * Finds what a program has named like a function of AssemblyScript's own, such as `load`. That is allowed, but the code that
 * another transform writes into the program's files then calls the program's function, and fails at lines that nobody wrote.
 */
const BUILTINS = "~lib/builtins";

/**
 * @param {object[]} own the sources that the programmer has written
 * @param {object[]} all of the program
 * @returns {{name: string, file: string, from: number, line: number, column: number}[]}
 */
export function nameClashes(own, all) {
  const builtins = all.find(({ internalPath }) => internalPath === BUILTINS);
  const taken = new Set(builtins.statements.map(({ name }) => name?.text));
  return own.flatMap((source) => source.statements.flatMap(namesDeclaredBy).filter(({ text }) => taken.has(text)).map(({ text, range }) => {
    const line = source.lineAt(range.start);
    return { name: text, file: source.normalizedPath, from: range.start, line, column: source.columnAt() };
  }));
}

function namesDeclaredBy(statement) {
  const declarations = statement.declarations ?? [statement.declaration ?? statement];
  return declarations.map(({ name }) => name).filter((name) => typeof name?.text === "string");
}
