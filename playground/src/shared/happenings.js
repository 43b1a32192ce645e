/** Rows that tell what happens to a service: lines of its guests, faults, rests, and what the page itself has done. */
import { element, RunningList, shown } from "./dom.js";

const MAX_ROWS = 300;
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
/** Where a fault says that it happened: `assembly/index.ts:5:3` or `(5,3)`. */
const PLACE = /((?:[\w.-]+\/)*[\w.-]+\.ts)(?::|\()(\d+)(?:[:,](\d+))?/;
/** Where it names the function that was running: `in "assembly/index/Quiz#ask"`. */
const FUNCTION = /(?<=in ")[^"]*?(\w+)(?=")/;
const NAMES = { log: "log", fault: "fault", rest: "rests", lift: "lifted" };

export class Happenings {
  #list;
  #show;

  /**
   * @param {HTMLElement} list
   * @param {{place: (file: string, line: number, column: number) => (() => void) | null, named: (name: string) => (() => void) | null}
   *   | null} show gives what shows a place or a function in the source, or null if it is not there
   */
  constructor(list, show = null) {
    this.#list = new RunningList(list, MAX_ROWS);
    this.#show = show;
  }

  /** An event as the API tells it. */
  add({ kind, time, room, hook, detail, seconds, text, omitted }) {
    const more = omitted === undefined ? "" : ` (${omitted} faults before it were left out)`;
    const name = kind === "log" ? String(detail ?? "info").toLowerCase() : NAMES[kind] ?? kind;
    const what = kind === "fault" && detail ? `${detail}: ${text}` : kind === "rest" ? `for ${seconds} s: ${text}` : text;
    this.#row({ kind, name, time, where: [room, hook], text: what + more });
  }

  /** Something of the page's own: `publish`, `request` or `note`. */
  note(kind, name, text) {
    this.#row({ kind, name, time: new Date(), where: [], text });
  }

  clear() {
    this.#list.clear();
  }

  #row({ kind, name, time, where, text }) {
    const when = new Date(time);
    this.#list.add(element("li", { class: `happening ${kind in NAMES ? kind : "own"}` },
      element("time", { dateTime: Number.isNaN(when.valueOf()) ? "" : when.toISOString() }, Number.isNaN(when.valueOf()) ? "" : TIME.format(when)),
      element("span", { class: "kind" }, shown(name, 20)),
      element("span", { class: "where" }, shown(where.filter((each) => each).join(" · "), 160)),
      element("span", { class: "text" }, ...this.#withPlace(shown(text)))));
  }

  /** The text, with the place in it to click on. */
  #withPlace(text) {
    if (this.#show === null) return [text];
    const place = PLACE.exec(text);
    const found = place ?? FUNCTION.exec(text);
    const go = place !== null ? this.#show.place(place[1], Number(place[2]), Number(place[3] ?? 1)) : found && this.#show.named(found[1]);
    if (!go) return [text];
    const link = element("button", { type: "button", class: "link", onclick: go }, found[0]);
    return [text.slice(0, found.index), link, text.slice(found.index + found[0].length)];
  }
}
