import { SERVICE_ID } from "./project.js";
import { UserError } from "./user-error.js";

/** The options by which a command finds a server, for `parseArgs`. */
export const SERVER_OPTIONS = {
  server: { type: "string", short: "s" },
  service: { type: "string" },
  token: { type: "string" },
};

/** A server that a room can be uploaded to. */
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

  /**
   * Uploads a module, which makes it live.
   *
   * @param {Uint8Array} wasm
   * @returns {Promise<string>} what to tell the programmer
   * @throws {UserError} when the server cannot be reached or refuses; with what it says
   */
  async upload(wasm) {
    const response = await this.#send(wasm);
    if (!response.ok) throw new UserError(`${this.#address} refused '${this.#service}': ${await reasonOf(response)}`);
    const answer = await response.json().catch(() => undefined);
    if (answer === null || typeof answer !== "object") {
      throw new UserError(`${this.#address} answers, but not as a server of rooms does. Is it another's address, or a page that asks who you are?`);
    }
    const { resting } = answer;
    if (resting) return `'${this.#service}' is live, but ${resting.message}\nIts last fault: ${resting.lastFault}`;
    const rooms = `${this.#address.replace(/^http/, "ws")}/rooms/${this.#service}/<room>`;
    return `'${this.#service}' is live: ${rooms}\nTry it at ${this.#address}/?service=${this.#service}`;
  }

  async #send(wasm) {
    const headers = { "content-type": "application/wasm" };
    if (this.#token) headers.authorization = `Bearer ${this.#token}`;
    try {
      return await fetch(`${this.#address}/api/services/${this.#service}`, { method: "PUT", headers, body: wasm, redirect: "manual" });
    } catch (error) {
      throw new UserError(`No answer from ${this.#address}: ${error.cause?.message || error.cause?.code || error.message}`);
    }
  }
}

/** The server's own words, or else the HTTP status. */
export async function reasonOf(response) {
  const elsewhere = response.headers.get("location");
  if (elsewhere !== null && response.status < 400) return `it wants to be asked at ${elsewhere} (HTTP ${response.status})`;
  const text = await response.text().catch(({ message }) => `and its answer broke off: ${message}`);
  try {
    const { message, kind } = JSON.parse(text).error;
    return kind ? `${message} (${kind})` : message;
  } catch {
    return `HTTP ${response.status} ${text.slice(0, 200)}`.trim();
  }
}
