/** What the compiler has to say, under the editor. */
import { element, shown } from "../shared/dom.js";
import { lineOf } from "./places.js";

const MAX_SHOWN = 20;
const LIBRARY = "~lib/";

export class Problems {
  #verdict;
  #list;
  #goTo;
  #first = null;

  /** @param {(problem: {file: string, from: number, to: number}) => void} goTo */
  constructor(verdict, list, goTo) {
    this.#verdict = verdict;
    this.#list = list;
    this.#goTo = goTo;
  }

  wait(text) {
    this.#verdict.textContent = text;
    this.#verdict.dataset.kind = "";
  }

  clear() {
    this.#list.replaceChildren();
    this.#first = null;
  }

  /** @param {{ok: boolean, report: string, problems: object[]}} compiled */
  show({ ok, report, problems: found }, files) {
    const isError = ({ severity }) => severity === "error";
    // Errors first: a program with warnings can be published.
    const problems = [...found.filter(isError), ...found.filter((each) => !isError(each))];
    const errors = problems.filter(isError).length;
    const warnings = problems.length - errors;
    const counts = [[errors, "error"], [warnings, "warning"]].filter(([count]) => count > 0)
      .map(([count, name]) => `${count} ${name}${count === 1 ? "" : "s"}`);
    this.#verdict.textContent = counts.join(", ") || (ok ? "No problems" : "It does not compile");
    this.#verdict.dataset.kind = ok ? (warnings > 0 ? "warning" : "good") : "bad";
    this.#first = problems.find(({ file }) => files[file] !== undefined) ?? null;
    const rows = problems.slice(0, MAX_SHOWN).map((problem) => this.#row(problem, files));
    if (problems.length > MAX_SHOWN) rows.push(element("li", {}, `and ${problems.length - MAX_SHOWN} more`));
    // What has no place in a file has been said all the same.
    if (!ok && problems.length === 0) rows.push(element("li", { class: "error" }, shown(report)));
    this.#list.replaceChildren(...rows);
  }

  goToFirst() {
    if (this.#first !== null) this.#goTo(this.#first);
  }

  #row(problem, files) {
    const { severity, message, advice, file } = problem;
    const text = files[file];
    const where = text === undefined ? (file.startsWith(LIBRARY) ? "library" : file) : `line ${lineOf(text, problem.from)}`;
    return element("li", { class: severity },
      element("button", { type: "button", class: "link", disabled: text === undefined, onclick: () => this.#goTo(problem) }, where), " ",
      shown(message), advice === null ? null : element("span", { class: "advice" }, shown(advice)));
  }
}
