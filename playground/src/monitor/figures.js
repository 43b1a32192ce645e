/** What a server has, and how much of it is in use. */
import { element } from "../shared/dom.js";

const NAMES = {
  connections: "Connections",
  awaySessions: "Sessions away",
  queuedBytes: "Waiting in rooms",
  unfinishedBytes: "Unfinished messages",
  outgoingBytes: "Waiting to be sent",
  codeBytes: "Compiled code",
  recordedBytes: "Recordings",
};

/**
 * @param {{slots: number, occupied: number, hits: number, misses: number}} table
 * @param {Record<string, {used: number, limit: number}>} usage
 * @param {number} perSecond
 */
export function figures(table, usage, perSecond) {
  return [
    figure("Hooks a second", perSecond.toFixed(1), "", null),
    figure("Slots", table.occupied.toLocaleString("en"), ` of ${table.slots.toLocaleString("en")}`, table.occupied / table.slots),
    ...Object.entries(NAMES).filter(([name]) => usage[name] !== undefined).map(([name, label]) => {
      const { used, limit } = usage[name];
      const isBytes = name.endsWith("Bytes");
      const say = isBytes ? bytes : (number) => number.toLocaleString("en");
      return figure(label, say(used), ` of ${say(limit)}`, limit > 0 ? used / limit : 0);
    }),
  ];
}

function figure(label, value, of, part) {
  return element("div", { class: "figure panel" },
    element("span", { class: "label" }, label),
    element("span", { class: "value" }, value, element("span", { class: "of" }, of)),
    part === null ? null : element("meter", { min: 0, max: 1, high: 0.8, optimum: 0, value: part, "aria-label": label }));
}

export function bytes(number) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (number >= 1_024 && unit < units.length - 1) {
    number /= 1_024;
    unit++;
  }
  return `${unit === 0 ? number : number.toFixed(number < 10 ? 1 : 0)} ${units[unit]}`;
}
