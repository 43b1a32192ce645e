import { createHash } from "node:crypto";
import { inert } from "./inert.js";
import { currentProject, SERVICE_ID } from "./project.js";
import { UserError } from "./user-error.js";

/** The options by which a command finds a server, for `parseArgs`. */
export const SERVER_OPTIONS = {
  server: { type: "string", short: "s" },
  service: { type: "string" },
  token: { type: "string" },
};

/** What to do about a token that is not the right one, where the server says only that it is not. */
const TOKEN_HINT = ". Give another one with --token or ROOM_TOKEN; whoever runs the server makes it with 'sandbox-server token create'.";

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
   * Fails if there is no such service: most of what can be asked of one is answered with nothing for one that does not exist, as
   * it may come at any moment. A server that cannot tell now is not waited for.
   *
   * @throws {UserError} when there is none; or the server cannot be reached or refuses
   */
  async requireService() {
    const response = await this.#send("GET", "");
    if (response.status === 404) {
      await response.body?.cancel();
      throw new UserError(`There is no service '${this.#service}' at ${this.#address}. 'room deploy' makes one, and --service names another.`);
    }
    if (!response.ok && response.status !== 429 && response.status < 500) throw await this.#refusal(response);
    await response.body?.cancel();
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
    return this.#bytesOf(await this.#send("GET", route), most);
  }

  async #bytesOf(response, most) {
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
   * The source map of a version, if the server keeps one.
   *
   * @param {string} digest
   * @param {number} most how many bytes it may have
   * @returns {Promise<string | undefined>}
   * @throws {UserError} when the server cannot be reached or refuses
   */
  async sourceMap(digest, most) {
    const response = await this.#send("GET", `/versions/${digest}/source-map`);
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    const text = Buffer.from(await this.#bytesOf(response, most)).toString("utf8");
    if (!isSourceMap(text)) throw this.#stranger();
    return text;
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
   * Uploads a module, which makes it live, and then its source map, for `room replay`. Without the map it is live all the same.
   *
   * @param {{wasm: Uint8Array, sourceMap?: string}} built
   * @returns {Promise<string>} what to tell the programmer
   * @throws {UserError} when the server cannot be reached or refuses the module; with what it says
   */
  async upload({ wasm, sourceMap }) {
    const response = await this.#send("PUT", "", { "content-type": "application/wasm" }, wasm);
    if (!response.ok) throw await this.#refusal(response);
    const answer = await this.#answer(response);
    const lines = [this.#liveLines(answer)];
    if (sourceMap !== undefined) {
      const reason = await this.#keepSourceMap(createHash("sha256").update(wasm).digest("hex"), sourceMap);
      if (reason) lines.push(`Its source map is not kept there, so a replay has no lines unless it is at hand: ${reason}`);
    }
    return lines.join("\n");
  }

  /** @returns {Promise<string | undefined>} why it is not kept, if so */
  async #keepSourceMap(digest, sourceMap) {
    try {
      const response = await this.#send("PUT", `/versions/${digest}/source-map`, { "content-type": "application/json" },
        withoutTexts(sourceMap));
      if (!response.ok) return await reasonOf(response);
      await response.body?.cancel();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.message;
    }
  }

  #liveLines({ resting }) {
    if (resting) return `'${this.#service}' is live, but ${inert(resting.message)}\nIts last fault: ${inert(resting.lastFault)}`;
    const rooms = `${this.#address.replace(/^http/, "ws")}/rooms/${this.#service}/<room>`;
    return `'${this.#service}' is live: ${rooms}\nTry it at ${this.#address}/?service=${this.#service}`;
  }

  async #refusal(response) {
    const hint = response.status === 401 || response.status === 403 ? TOKEN_HINT : "";
    const reason = await reasonOf(response);
    return new UserError(`${this.#address} refused '${this.#service}': ${reason}${reason.includes("token create") ? "" : hint}`);
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

function isSourceMap(text) {
  try {
    const { sources, mappings } = JSON.parse(text);
    return typeof mappings === "string" && Array.isArray(sources) && sources.every((each) => typeof each === "string");
  } catch {
    return false;
  }
}

/** A source map without what the files hold: that stays here, and nobody needs it for a position. */
function withoutTexts(sourceMap) {
  const { version, sources, mappings } = JSON.parse(sourceMap);
  return JSON.stringify({ version, sources, names: [], mappings });
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
