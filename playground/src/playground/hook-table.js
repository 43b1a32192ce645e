/** How often each hook has run since the page asked first, and how long it takes. */
import { element, shown } from "../shared/dom.js";
import { timeOf } from "../shared/rates.js";

export class HookTable {
  #table;
  #body;

  constructor(table) {
    this.#table = table;
    this.#body = table.querySelector("tbody");
  }

  clear() {
    this.#body.replaceChildren();
    this.#table.hidden = true;
  }

  /** @param {{hook: string, runs: number, failed: number, micros: number}[]} hooks */
  show(hooks) {
    const rows = hooks.filter(({ runs }) => runs > 0).map(({ hook, runs, failed, micros }) => element("tr", {},
      element("th", { scope: "row" }, shown(hook, 40)),
      element("td", {}, runs.toLocaleString("en")),
      element("td", { class: failed > 0 ? "bad" : "" }, failed.toLocaleString("en")),
      element("td", {}, timeOf(micros / runs))));
    this.#body.replaceChildren(...rows);
    this.#table.hidden = rows.length === 0;
  }
}

