/** What a room holds, as the API tells it: keys, timers and the last of its log, as rows for people. */
import { element, shown } from "./dom.js";

/** Rows of each part. */
const MANY = 50;
const MAX_VALUE = 200;
const MAX_BYTES = 24;
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const NOTHING = { keys: "It keeps no key.", timers: "No timer is set.", log: "It has no log now, or lives on one server." };
const ROWS = { keys: keyRows, timers: timerRows, log: logRows };

/**
 * Asks for a part and shows it; one that cannot be had says why.
 *
 * @param {import("./server.js").Server} server
 * @param {string} path of the room, below `/api/`
 * @param {"keys" | "timers" | "log"} part
 * @param {HTMLElement} list
 * @param {() => boolean} isWanted whether it still is when the answer is there
 */
export async function showPart(server, path, part, list, isWanted) {
  let rows;
  try {
    rows = ROWS[part](await server.ask("GET", `${path}/${part}?limit=${MANY}`), Date.now());
  } catch (error) {
    rows = [element("li", { class: "empty bad" }, shown(error.message, 300))];
  }
  if (!isWanted()) return;
  if (rows.length === 0) rows.push(element("li", { class: "empty" }, NOTHING[part]));
  // What is as it was stays, and with it what somebody has marked.
  const text = rows.map((row) => row.textContent).join("\n");
  if (list.holds === text) return;
  list.holds = text;
  list.replaceChildren(...rows);
}

/** Another room is looked at, or something else of it. */
export function clear(list) {
  list.holds = undefined;
  list.replaceChildren();
}

function row(name, text, note) {
  return element("li", { class: "held" }, element("code", {}, name), element("span", { class: "value" }, text), element("span", { class: "count" }, note));
}

function keyRows({ keys, count }) {
  const rows = keys.map(({ key, value, millisLeft }) => row(shown(JSON.stringify(key).slice(1, -1), 120), contentText(value),
    `${value.bytes.toLocaleString("en")} B${millisLeft === undefined ? "" : `, for ${time(millisLeft)}`}`));
  if (count > keys.length) rows.push(element("li", { class: "empty" }, `${(count - keys.length).toLocaleString("en")} more`));
  return rows;
}

function timerRows({ timers }, now) {
  return timers.map(({ name, due, attempt }) => {
    const left = Date.parse(due) - now;
    return row(shown(name, 120), left > 0 ? `in ${time(left)}` : "due", `${TIME.format(new Date(due))}${attempt === 0 ? "" : `, tried ${attempt} times`}`);
  });
}

function logRows({ entries }) {
  return entries.map(({ offset, time: when, what, function: name, arguments: values, connection, user, state }) => row(String(offset),
    [name ?? what, ...(values ?? []).map(argumentText), connection?.slice(0, 8), user, state].filter((each) => each !== undefined && each !== "").map((each) => shown(each, MAX_VALUE)).join("  "),
    TIME.format(new Date(when)))).reverse();
}

/** The beginning of a value: a text, or bytes. */
export function contentText({ bytes, text, base64, cut }) {
  if (text !== undefined) return shown(text, MAX_VALUE) + (cut && text.length <= MAX_VALUE ? " …" : "");
  const octets = Array.from(atob(base64).slice(0, MAX_BYTES), (each) => each.charCodeAt(0).toString(16).padStart(2, "0")).join(" ");
  return bytes > MAX_BYTES ? `${octets} …` : octets;
}

function argumentText(value) {
  if (Array.isArray(value)) return value.map(argumentText).join(", ");
  return value !== null && typeof value === "object" ? contentText(value) : String(value ?? "");
}

/** Milliseconds, for people: the two largest units. */
export function time(millis) {
  const seconds = Math.round(millis / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor(seconds / 60) % 60} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor(seconds / 3_600) % 24} h`;
}
