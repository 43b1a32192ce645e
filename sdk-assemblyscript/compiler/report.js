import { adviceOn } from "./advice.js";

/** Types as the compiler names them: by the file that they are in. A file has a dot after its name. */
const QUALIFIED_TYPE = /(?:[\w@.~-]+\/)+([A-Z]\w*)(?![\w./])/g;

/** The compiler's number for what is an error, and no warning or note. */
const ERROR = 3;

/**
 * @typedef {object} Problem something to show at its place in an editor
 * @property {"error" | "warning"} severity
 * @property {string} message what is wrong
 * @property {string | null} advice what to write instead
 * @property {string} file relative to the project; a library's begins with `~lib/`
 * @property {number} from where it begins in the file, in UTF-16 units from 0
 * @property {number} to where it ends
 */

/** The compiler's last words. */
const TOTAL = /^\s*FAILURE \d+ compile error/;

/** Collects what the compiler says, and adds what to write instead. It serves as the compiler's output stream. */
export class Report {
  #chunks = [];
  #problems = [];
  /** Which of the chunks are about code that a transform has written into a file. @type {Set<number>} */
  #written = new Set();
  #sources;

  /**
   * @param {Map<string, string>} sources the text of each source file, by path
   * @param {boolean} isTTY whether the compiler shall write in colors
   */
  constructor(sources, isTTY) {
    this.#sources = sources;
    this.isTTY = isTTY;
  }

  /** All that has been said. */
  get text() {
    return this.#chunks.join("");
  }

  /** The same for an editor: those that have a place. @returns {Problem[]} */
  get problems() {
    return [...this.#problems];
  }

  write(chunk) {
    this.#chunks.push(withShortNames(withoutStack(String(chunk))));
  }

  /**
   * What has been said, and before it the names that other transforms may have stumbled over. If there are any, the errors in code that
   * a transform has written follow from them, and are not shown.
   *
   * @param {{name: string, file: string, from: number, line: number, column: number}[]} clashes
   * @param {string[]} transforms
   */
  afterClashes(clashes, transforms) {
    if (clashes.length === 0) return this.text;
    const names = clashes.map(({ name, file, line, column }) =>
      `ERROR: '${name}' is the name of a function of AssemblyScript's as well, and the code that ${transforms.join(", ")} writes may ` +
      `call yours in its place. Give yours another name.\n   └─ in ${file}(${line},${column})\n\n`);
    // The number of errors counts those that are not shown.
    const own = this.#chunks.filter((chunk, index) => !this.#written.has(index) && !(this.#written.size > 0 && TOTAL.test(chunk)));
    this.#problems.unshift(...clashes.map(({ name, file, from }) => ({
      severity: "error", message: `'${name}' is the name of a function of AssemblyScript's as well`, advice: "Give yours another name.",
      file, from, to: from + name.length,
    })));
    return `${names.join("")}${own.join("")}`;
  }

  /** Tells, as the compiler tells of an error, why the module cannot be started. */
  failToStart({ reason, position }) {
    const error = this.isTTY ? "\x1b[91mERROR\x1b[0m" : "ERROR";
    const text = position && this.#sources.get(position.file);
    if (text) {
      const from = offsetOf(text, position);
      this.#problems.push({ severity: "error", message: `At the top level of a file: ${reason}`, advice: null, file: position.file, from, to: from });
    }
    const lines = [`${error}: At the top level of a file: ${reason.replace(/[.?]?$/, (end) => end || ".")}`];
    if (text) {
      const { file, line, column } = position;
      const margin = " ".repeat(String(line).length);
      const shown = text.split("\n")[line - 1].trimEnd();
      const indent = shown.length - shown.trimStart().length;
      lines.push(` ${margin} :`, ` ${line} │ ${shown.trimStart()}`, ` ${margin} │ ${" ".repeat(Math.max(0, column - 1 - indent))}~`,
        ` ${margin} └─ in ${file}(${line},${column})`);
    }
    this.#chunks.push(`${lines.join("\n")}\n\n`);
  }

  /** Notes a diagnostic, and adds advice on it, right after it has been written. */
  advise({ category, message, range }) {
    const file = range?.source.normalizedPath;
    const source = range && this.#sources.get(file);
    if (!source) return;
    if (!isOf(source, this.#chunks.at(-1))) {
      this.#written.add(this.#chunks.length - 1);
      return;
    }
    const line = source.slice(source.lastIndexOf("\n", range.start - 1) + 1).split("\n", 1)[0];
    const advice = adviceOn(message, source.slice(range.start, range.end), line);
    this.#problems.push({
      severity: category === ERROR ? "error" : "warning", message: withShortNames(message), advice, file, from: range.start, to: range.end,
    });
    if (advice) this.#chunks.push(`${this.#chunks.pop().trimEnd()}\n   Advice: ${advice}\n\n`);
  }
}

/** Whether the line that is shown with an error is the one of that number in the file, and not in code that was added to it. */
function isOf(source, chunk) {
  const [, line, text] = /^ *(\d+) │ (.*)$/m.exec(chunk.replace(/\x1b\[\d+m/g, "")) ?? [];
  return line === undefined || source.split("\n")[line - 1]?.trim() === text.trim();
}

function withShortNames(text) {
  return text.replace(QUALIFIED_TYPE, (_, name) => (name === "String" ? "string" : name));
}

function offsetOf(text, { line, column }) {
  const before = text.split("\n", line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return Math.min(text.length, before + column - 1);
}

/** What failed before there was a program to point at, such as a transform that is not there, comes with a stack. */
function withoutStack(text) {
  return text.includes("FAILURE") ? text.replace(/\n(?: {4}at .*|Require stack:|- \/.*)/g, "") : text;
}
