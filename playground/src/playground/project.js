/** What is being written: the files of one example, as they have been changed. Kept with the tab. */

const KEY = "drafts";
/** Of all drafts together; more than that is not kept over a reload. */
const MAX_KEPT = 1 << 20;

export class Project {
  #examples;
  #drafts = new Map();
  #name;

  /** @param {{name: string, files: Record<string, string>}[]} examples */
  constructor(examples, storage = sessionStorage) {
    this.#examples = new Map(examples.map((example) => [example.name, example]));
    this.storage = storage;
    this.#name = examples[0].name;
    this.#restore();
  }

  get example() {
    return this.#examples.get(this.#name);
  }

  get files() {
    return this.#drafts.get(this.#name) ?? this.example.files;
  }

  get isChanged() {
    return this.#drafts.has(this.#name);
  }

  choose(name) {
    if (!this.#examples.has(name)) return;
    this.#name = name;
    this.#keep();
  }

  write(file, text) {
    if (this.files[file] === text) return;
    this.#drafts.set(this.#name, { ...this.files, [file]: text });
    this.#keep();
  }

  /** Back to the example as it is. */
  startOver() {
    this.#drafts.delete(this.#name);
    this.#keep();
  }

  #keep() {
    const kept = JSON.stringify({ name: this.#name, drafts: [...this.#drafts] });
    try {
      if (kept.length <= MAX_KEPT) this.storage.setItem(KEY, kept);
    } catch {
      // Storage is full or forbidden: the drafts last as long as the page.
    }
  }

  #restore() {
    try {
      const { name, drafts } = JSON.parse(this.storage.getItem(KEY));
      for (const [of, files] of drafts) {
        const example = this.#examples.get(of);
        if (!example) continue;
        // Only files that the example has: it may have changed since.
        const known = Object.keys(example.files).map((file) => [file, String(files[file] ?? example.files[file])]);
        this.#drafts.set(of, Object.fromEntries(known));
      }
      this.choose(name);
    } catch {
      // Nothing was kept, or by another version of the page.
    }
  }
}
