/** Makes elements. Texts become text nodes and nothing else: whatever a stranger writes is never markup. */

/**
 * @param {string} tag
 * @param {Record<string, any>} properties of the element; `class` and names with a dash or `role` become attributes
 * @param {...(Node | string | null)} children
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "class" || name === "role" || name.includes("-")) made.setAttribute(name, value);
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export const byId = (id) => document.getElementById(id);

const MAX_TEXT = 2_000;
/** What moves a cursor, reverses a line or is not seen. Joiners stay, which emoji are made with. */
const UNSEEN = /(?![\n\t\u200d])[\p{Cc}\p{Cf}]/gu;

/** A stranger's text, for a page: cut, and without what is not seen. */
export function shown(text, max = MAX_TEXT) {
  const whole = String(text);
  const cut = whole.length > max ? `${whole.slice(0, max)} … and ${whole.length - max} more` : whole;
  return cut.replace(UNSEEN, "\ufffd");
}

/** So much of a digest is enough for people. */
export const short = (digest) => String(digest ?? "").slice(0, 8);

/**
 * A list that keeps its last entries, and shows the end unless somebody has scrolled away from it. Where it is, is asked when somebody
 * scrolls, and not when something comes: a list that has become lower meanwhile is not at its end, and nobody has left it.
 */
export class RunningList {
  #list;
  #max;
  #follows = true;

  constructor(list, max) {
    this.#list = list;
    this.#max = max;
    list.addEventListener("scroll", () => {
      this.#follows = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    });
    new ResizeObserver(() => this.#showEnd()).observe(list);
  }

  add(item) {
    const list = this.#list;
    list.append(item);
    while (list.childElementCount > this.#max) list.firstElementChild.remove();
    this.#showEnd();
  }

  clear() {
    this.#list.replaceChildren();
    this.#follows = true;
  }

  #showEnd() {
    if (this.#follows) this.#list.scrollTop = this.#list.scrollHeight;
  }
}
