/** Places in a text. */

/** Where a line's column is, both from 1, as offsets. */
export function placeOf(text, line, column) {
  const lines = text.split("\n");
  const row = Math.min(Math.max(line, 1), lines.length) - 1;
  const begin = lines.slice(0, row).reduce((sum, each) => sum + each.length + 1, 0);
  const from = begin + Math.min(Math.max(column, 1) - 1, lines[row].length);
  return { from, to: from };
}

/** The line of an offset, from 1. */
export function lineOf(text, offset) {
  return text.slice(0, offset).split("\n").length;
}

/** Where a function or a method of that name is written, or null. */
export function placeOfFunction(files, name) {
  const written = new RegExp(`(?<=^[ \\t]*(?:(?:export|private|protected|public|static|function)[ \\t]+)*)${name}(?=\\s*[(<])(?=.*\\{\\s*$)`, "m");
  for (const [file, text] of Object.entries(files)) {
    const found = written.exec(text);
    if (found) return { file, from: found.index, to: found.index + name.length };
  }
  return null;
}
