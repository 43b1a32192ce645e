/** The server's API, for a page that it serves. */
import { eventsIn } from "../../../sdk-assemblyscript/cli/event-stream.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
/** A server says something every ten seconds. */
const LONGEST_SILENCE = 35_000;
const PATIENCE = 30_000;

/** What the server says of a request that it does not do. */
export class ServerError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class Server {
  #token;

  /** @param {string | null} token */
  constructor(token) {
    this.#token = token;
  }

  get hasToken() {
    return this.#token !== null;
  }

  /**
   * Asks for JSON.
   *
   * @param {string} path below `/api/`
   * @param {{body?: BodyInit, type?: string}} content
   * @throws {ServerError} as the server says; with status 0 when it does not answer
   */
  async ask(method, path, { body, type } = {}) {
    const response = await this.#send(method, path, { body, type, signal: AbortSignal.timeout(PATIENCE) });
    return response.json().catch(() => {
      throw new ServerError(0, "the server's answer ends too early");
    });
  }

  async #send(method, path, { body, type, last, signal }) {
    const headers = { authorization: `Bearer ${this.#token}` };
    if (type !== undefined) headers["content-type"] = type;
    if (last !== undefined) headers["last-event-id"] = last;
    let response;
    try {
      response = await fetch(`/api/${path}`, { method, headers, body, signal, cache: "no-store" });
    } catch {
      throw new ServerError(0, "the server does not answer");
    }
    if (response.ok) return response;
    const said = await response.json().catch(() => null);
    throw new ServerError(response.status, String(said?.error?.message ?? `the server answers ${response.status}`));
  }

  /**
   * Follows server-sent events until the signal, and comes back when the server was away, without missing what the server keeps.
   *
   * @param {string} path below `/api/`
   * @param {object} on
   * @param {(event: Record<string, any>) => void} on.event
   * @param {(isThere: boolean, why: string) => void} on.state
   * @param {AbortSignal} signal
   */
  async follow(path, on, signal) {
    let delay = FIRST_PAUSE;
    let last;
    while (!signal.aborted) {
      const attempt = new AbortController();
      const stop = () => attempt.abort();
      signal.addEventListener("abort", stop, { once: true });
      let silence = setTimeout(stop, LONGEST_SILENCE);
      let why = "the server has ended the stream";
      try {
        const response = await this.#send("GET", path, { last, signal: attempt.signal });
        on.state(true, "");
        for await (const event of eventsIn(chunksOf(response.body))) {
          clearTimeout(silence);
          silence = setTimeout(stop, LONGEST_SILENCE);
          delay = FIRST_PAUSE;
          if (event === null) continue;
          const content = JSON.parse(event.data);
          if (event.type === "end") {
            why = String(content.reason);
            continue;
          }
          if (event.id !== "") last = event.id;
          on.event(content);
        }
      } catch (error) {
        why = error.message;
        if (error.status === 401 || error.status === 403 || error.status === 404) {
          if (!signal.aborted) on.state(false, why);
          return;
        }
      } finally {
        clearTimeout(silence);
        signal.removeEventListener("abort", stop);
        attempt.abort();
      }
      if (signal.aborted) return;
      on.state(false, why);
      await pause(delay * (0.75 + Math.random() / 2), signal);
      delay = Math.min(2 * delay, LONGEST_PAUSE);
    }
  }
}

/** As an async iterable, which streams are not yet in every browser. */
async function* chunksOf(stream) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/** Does something again and again while the page is seen, one at a time, until the signal. */
export function every(milliseconds, action, signal) {
  const turn = async () => {
    if (signal.aborted) return;
    if (document.visibilityState === "visible") await action();
    if (!signal.aborted) setTimeout(turn, milliseconds);
  };
  turn();
}
