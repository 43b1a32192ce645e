/**
 * What a host allows a hook unless its operator says otherwise: the names and numbers of the settings `limits.…` of
 * docs/operations.md. Only `time` is another: a server gives 250 ms, and the machine of a unit test may be slow.
 */
export const LIMITS = Object.freeze({
  /** Milliseconds. */
  time: 2_000,
  memoryPages: 256,
  hostCalls: 10_000,
  requestBytes: 1 << 20,
  responseBytes: 1 << 20,
  messageBytes: 1 << 20,
  effects: 1_000,
  effectBytes: 4 << 20,
  kvOperations: 128,
  kvKeyBytes: 512,
  kvValueBytes: 64 << 10,
  kvRoomBytes: 8 << 20,
  timers: 32,
  logLines: 100,
  logLineLength: 4_096,
});

/**
 * The limits with those that a test wants otherwise.
 *
 * @param {Partial<typeof LIMITS>} wanted
 * @throws {Error} when one has a name that there is not, or is no positive number
 */
export function limitsWith(wanted) {
  for (const [name, value] of Object.entries(wanted)) {
    if (!Object.hasOwn(LIMITS, name)) throw new Error(`There is no limit '${name}'. There are ${Object.keys(LIMITS).join(", ")}.`);
    if (typeof value !== "number" || !(value >= 0)) throw new Error(`The limit '${name}' is ${value}, and not a number from 0 on.`);
  }
  return { ...LIMITS, ...wanted };
}

/** What a host accepts as names. */
export const SERVICE_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
export const ROOM_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
export const CONNECTION_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** @throws {Error} when a host would not accept it */
export function requireName(what, name, pattern) {
  if (typeof name !== "string" || !pattern.test(name)) throw new Error(`A host takes no ${what} '${name}': it must match ${pattern.source}.`);
  return name;
}

const MAX_USER = 128;
const MAX_INFO_BYTES = 1_024;
/** What a terminal or a reader of logs obeys, or nobody sees. */
const NOT_PLAIN = /[\p{C}\p{Zl}\p{Zp}]/u;

/**
 * Who a connection is, as a room gets to know it.
 *
 * @param {string} [user] empty or absent for somebody of whom nothing is known
 * @param {unknown} [info] what is said of them besides, and can be written as JSON
 * @returns {{user: string, info: string}}
 * @throws {Error} when a host would not accept it
 */
export function identityOf(user = "", info = undefined) {
  if (typeof user !== "string" || user.length > MAX_USER || NOT_PLAIN.test(user) || (user !== "" && user.trim() === "")) {
    throw new Error(`A host takes no user ${JSON.stringify(user)}: it has up to ${MAX_USER} characters that can be seen.`);
  }
  const json = info === undefined ? "" : JSON.stringify(info);
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_INFO_BYTES) throw new Error(`A host takes no info of ${bytes} bytes: it has up to ${MAX_INFO_BYTES}.`);
  return { user, info: json };
}
