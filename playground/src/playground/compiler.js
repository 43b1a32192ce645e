/** The compiler as the page sees it: a worker that is started anew when it does not come back. */

/** A room compiles in seconds, on a machine that is busy in tens of them; what takes longer does not end. */
const LONGEST = 120_000;

export class Compiler {
  #worker = null;
  #ready = null;
  #id = 0;
  /** What is being compiled; one at a time. */
  #running = null;
  /** What is compiled next. A check that has not begun makes room for a later one. */
  #waiting = [];

  /** Loads it, so that the first compile need not wait. */
  start() {
    if (this.#worker !== null) return;
    const worker = new Worker(COMPILER, { type: "module" });
    this.#worker = worker;
    this.#ready = false;
    worker.addEventListener("message", ({ data }) => {
      if (this.#worker !== worker) return;
      if (data.ready) {
        this.#ready = true;
        this.#next();
      } else if (data.id === this.#running?.id) {
        this.#end(data);
      }
    });
    worker.addEventListener("error", (event) => {
      if (this.#worker === worker) this.#fail(`The compiler cannot be started: ${event.message ?? "its file does not come"}.`);
    });
  }

  /**
   * @param {Record<string, string>} files texts by path
   * @param {{quick: boolean}} how quick for the problems alone, without a module
   * @returns {Promise<{ok: boolean, report: string, problems: object[], wasm: Uint8Array | null} | null>} null when a later check has
   *   taken its place
   */
  compile(files, { quick }) {
    this.start();
    return new Promise((resolve) => {
      if (quick) {
        this.#waiting = this.#waiting.filter((each) => {
          if (each.quick) each.resolve(null);
          return !each.quick;
        });
      }
      this.#waiting.push({ id: ++this.#id, files: { ...files }, quick, resolve });
      this.#next();
    });
  }

  #next() {
    if (!this.#ready || this.#running !== null || this.#waiting.length === 0) return;
    this.#running = this.#waiting.shift();
    const { id, files, quick } = this.#running;
    this.#running.timer = setTimeout(() => this.#fail("The program was not compiled within two minutes. Does a loop at its top level not end?"), LONGEST);
    this.#worker.postMessage({ id, files, quick });
  }

  #end(answer) {
    clearTimeout(this.#running.timer);
    this.#running.resolve(answer);
    this.#running = null;
    this.#next();
  }

  #fail(report) {
    this.#worker.terminate();
    this.#worker = null;
    this.#ready = null;
    const failed = { ok: false, report, problems: [], wasm: null };
    if (this.#running !== null) {
      clearTimeout(this.#running.timer);
      this.#running.resolve(failed);
      this.#running = null;
    }
    for (const each of this.#waiting.splice(0)) each.resolve(failed);
  }
}
