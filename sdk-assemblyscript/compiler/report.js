import { adviceOn } from "./advice.js";

/** Types as the compiler names them: by the file that they are in. A file has a dot after its name. */
const QUALIFIED_TYPE = /(?:[\w@.~-]+\/)+([A-Z]\w*)(?![\w./])/g;

/** Collects what the compiler says, and adds what to write instead. It serves as the compiler's output stream. */
export class Report {
  #chunks = [];
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

  write(chunk) {
    const text = withoutStack(String(chunk)).replace(QUALIFIED_TYPE, (_, name) => (name === "String" ? "string" : name));
    this.#chunks.push(text);
  }

  /** Tells, as the compiler tells of an error, why the module cannot be started. */
  failToStart({ reason, position }) {
    const error = this.isTTY ? "\x1b[91mERROR\x1b[0m" : "ERROR";
    const text = position && this.#sources.get(position.file);
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

  /** Adds advice on a diagnostic, right after it has been written. */
  advise({ message, range }) {
    const source = range && this.#sources.get(range.source.normalizedPath);
    if (!source) return;
    const line = source.slice(source.lastIndexOf("\n", range.start - 1) + 1).split("\n", 1)[0];
    const advice = adviceOn(message, source.slice(range.start, range.end), line);
    if (advice) this.#chunks.push(`${this.#chunks.pop().trimEnd()}\n   Advice: ${advice}\n\n`);
  }
}

/** What failed before there was a program to point at, such as a transform that is not there, comes with a stack. */
function withoutStack(text) {
  return text.includes("FAILURE") ? text.replace(/\n(?: {4}at .*|Require stack:|- \/.*)/g, "") : text;
}
