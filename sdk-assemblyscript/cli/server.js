import { inert } from "./inert.js";
import { currentProject, SERVICE_ID } from "./project.js";
import { UserError } from "./user-error.js";

/** The options by which a command finds a server, for `parseArgs`. */
export const SERVER_OPTIONS = {
  server: { type: "string", short: "s" },
  service: { type: "string" },
  token: { type: "string" },
};

/** A server, and the service there that a command is about. */
export class Server {
  #address;
  #service;
  #token;

  /**
   * @param {{server?: string, service?: string, token?: string}} options as given; what is missing is taken from
   *   the environment (ROOM_SERVER, ROOM_TOKEN) and the project's name
   * @param {{name: string}} project
   */
  constructor(options, project) {
    const address = options.server ?? process.env.ROOM_SERVER ?? "http://localhost:8080";
    if (!URL.canParse(address) || !/^https?:/.test(address)) {
      throw new UserError(`'${address}' is no address of a server. It looks like http://localhost:8080.`);
    }
    this.#address = address.replace(/\/+$/, "");
    this.#service = options.service ?? project.name;
    if (!SERVICE_ID.test(this.#service)) {
      throw new UserError(`'${this.#service}' cannot be the name of a service: use small letters, digits and '-', ` +
        "at most 63. 'room deploy --service <name>' gives it another name.");
    }
    this.#token = (options.token ?? process.env.ROOM_TOKEN)?.trim();
    if (this.#token && !/^[\x21-\x7e]+$/.test(this.#token)) {
      throw new UserError("The token has a character that no token has, such as a blank or the end of a line.");
    }
  }

  /** The same for a command that needs no project if it is told the service. @param {Record<string, any>} options */
  static async of(options) {
    return new Server(options, options.service === undefined ? await currentProject() : { name: options.service });
  }

  /** Where it is. */
  get address() {
    return this.#address;
  }

  /** The name of the service. */
  get service() {
    return this.#service;
  }

  /**
   * Asks for something of the service.
   *
   * @param {string} method
   * @param {string} route behind the service, such as `/faults`
   * @returns {Promise<Record<string, any>>}
   * @throws {UserError} when the server cannot be reached or refuses; with what it says
   */
  async ask(method, route) {
    const response = await this.#send(method, route);
    if (!response.ok) throw await this.#refusal(response);
    return this.#answer(response);
  }

  /**
   * Fetches a file of the service.
   *
   * @param {string} route behind the service
   * @param {number} most how many bytes it may have
   * @returns {Promise<Uint8Array>}
   * @throws {UserError} when the server cannot be reached or refuses, with what it says; or the file is larger
   */
  async fetch(route, most) {
    const response = await this.#send("GET", route);
    if (!response.ok) throw await this.#refusal(response);
    const chunks = [];
    let size = 0;
    try {
      for await (const chunk of response.body ?? []) {
        size += chunk.length;
        if (size > most) throw new UserError(`${this.#address} sends more than the ${most} bytes that there can be.`);
        chunks.push(chunk);
      }
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`The answer of ${this.#address} broke off: ${error.cause?.message || error.message}`);
    }
    return new Uint8Array(Buffer.concat(chunks));
  }

  /**
   * Opens a stream of events of the service.
   *
   * @param {string} route
   * @param {{last?: string, signal: AbortSignal}} options
   * @returns {Promise<Response | undefined>} undefined when the server has no place for it now
   * @throws {UserError} when the server refuses
   */
  async open(route, { last, signal }) {
    const headers = { ...this.#authorization(), accept: "text/event-stream" };
    if (last !== undefined) headers["last-event-id"] = last;
    const response = await fetch(`${this.#address}/api/services/${this.#service}${route}`, { headers, signal, redirect: "manual" });
    if (response.status === 429 || response.status >= 500) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) throw await this.#refusal(response);
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) throw this.#stranger();
    return response;
  }

  /**
   * Uploads a module, which makes it live.
   *
   * @param {Uint8Array} wasm
   * @returns {Promise<string>} what to tell the programmer
   * @throws {UserError} when the server cannot be reached or refuses; with what it says
   */
  async upload(wasm) {
    const response = await this.#send("PUT", "", { "content-type": "application/wasm" }, wasm);
    if (!response.ok) throw await this.#refusal(response);
    const answer = await this.#answer(response);
    const { resting } = answer;
    if (resting) return `'${this.#service}' is live, but ${inert(resting.message)}\nIts last fault: ${inert(resting.lastFault)}`;
    const rooms = `${this.#address.replace(/^http/, "ws")}/rooms/${this.#service}/<room>`;
    return `'${this.#service}' is live: ${rooms}\nTry it at ${this.#address}/?service=${this.#service}`;
  }

  async #refusal(response) {
    return new UserError(`${this.#address} refused '${this.#service}': ${await reasonOf(response)}`);
  }

  async #answer(response) {
    const answer = await response.json().catch(() => undefined);
    if (answer === null || typeof answer !== "object") throw this.#stranger();
    return answer;
  }

  #stranger() {
    return new UserError(`${this.#address} answers, but not as a server of rooms does. Is it another's address, or a page that asks who you are?`);
  }

  #authorization() {
    return this.#token ? { authorization: `Bearer ${this.#token}` } : {};
  }

  async #send(method, route, headers = {}, body = undefined) {
    try {
      return await fetch(`${this.#address}/api/services/${this.#service}${route}`, {
        method, headers: { ...headers, ...this.#authorization() }, body, redirect: "manual",
      });
    } catch (error) {
      throw new UserError(`No answer from ${this.#address}: ${error.cause?.message || error.cause?.code || error.message}`);
    }
  }
}

/** The server's own words, or else the HTTP status. */
export async function reasonOf(response) {
  const elsewhere = response.headers.get("location");
  if (elsewhere !== null && response.status < 400) return `it wants to be asked at ${inert(elsewhere)} (HTTP ${response.status})`;
  const text = await response.text().catch(({ message }) => `and its answer broke off: ${message}`);
  try {
    const { message, kind } = JSON.parse(text).error;
    return inert(kind ? `${message} (${kind})` : message);
  } catch {
    return inert(`HTTP ${response.status} ${text.slice(0, 200)}`.trim());
  }
}
