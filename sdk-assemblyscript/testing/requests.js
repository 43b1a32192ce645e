import { ErrorCode, HostFunctionError } from "./errors.js";

const HEADERS = ["allow", "cache-control", "content-disposition", "content-language", "content-type", "etag", "expires", "last-modified",
  "link", "location", "retry-after", "vary", "www-authenticate"];
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;
const MAX_HEADERS = 100;
const MAX_HEADER_BYTES = 16 << 10;
const METHOD = /^[A-Z]{1,32}$/;
const TARGET = /^\/[\x21-\x7e]{0,4095}$/;

/** What was answered, as a client sees it. */
export class MockResponse {
  /** @param {number} status @param {string[][]} headers @param {Uint8Array} body */
  constructor(status, headers = [], body = new Uint8Array()) {
    this.status = status;
    /** By name, in small letters. @type {Record<string, string>} */
    this.headers = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
    this.body = body;
  }

  get text() {
    return new TextDecoder().decode(this.body);
  }

  json() {
    return JSON.parse(this.text);
  }
}

/** @throws {HostFunctionError} when a host would not take it */
export function answerOf(status, headers, body) {
  if (status < 200 || status > 599) throw bad(`status ${status} is not from 200 to 599`);
  for (const header of headers) requireAnswered(header);
  const problem = tooMany(headers);
  if (problem) throw bad(problem);
  return new MockResponse(status, headers, body);
}

function requireAnswered(header) {
  if (header.length !== 2) throw bad("a header is a name and a value");
  const problem = unfit(header);
  if (problem) throw bad(problem);
  const name = header[0].toLowerCase();
  if (!HEADERS.includes(name) && !name.startsWith("x-room-")) {
    throw bad(`a room may not answer with the header "${header[0]}"; it may with those that begin with 'x-room-', and with ${HEADERS.join(", ")}`);
  }
}

/**
 * A request as a room is told of it.
 *
 * @throws {Error} when a server would not pass it on
 */
export function requestOf(path, { method = "GET", headers = {}, body = "" }) {
  if (!METHOD.test(method)) throw new Error(`A server takes no method '${method}'.`);
  if (!TARGET.test(path)) throw new Error(`A server takes no path '${path}': it begins with a slash, and is as it stands in a URL.`);
  const pairs = Object.entries(headers);
  const problem = tooMany(pairs) ?? pairs.map(unfit).find((each) => each);
  if (problem) throw new Error(`A server refuses this request: ${problem}.`);
  return { method, path, headers: pairs, body: typeof body === "string" ? new TextEncoder().encode(body) : body };
}

function unfit([name, value]) {
  if (!HEADER_NAME.test(name)) return "a header's name is not what HTTP allows";
  if (!HEADER_VALUE.test(value)) return `the value of the header '${name}' has other characters than those of ASCII that can be seen`;
  return undefined;
}

function tooMany(headers) {
  const bytes = headers.reduce((sum, header) => sum + header.join("").length, 0);
  if (headers.length <= MAX_HEADERS && bytes <= MAX_HEADER_BYTES) return undefined;
  return `${headers.length} headers of ${bytes} bytes; ${MAX_HEADERS} of ${MAX_HEADER_BYTES} bytes together are allowed`;
}

function bad(message) {
  return new HostFunctionError(ErrorCode.badRequest, message);
}
