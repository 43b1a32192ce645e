/**
 * Compares two reports of one machine: is this server slower than it was, beside the others? What others cost has changed as well when the
 * machine has, so what is compared is this server's processor time as a multiple of theirs.
 *
 * Usage: node compare.js BEFORE.json AFTER.json [--server sandbox] [--beside bun] [--most 1.1]
 * Ends with 1 if in one scenario the multiple has grown by more than the factor, and more than rounds differ among themselves.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { figures, spread } from "./report.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: "string", default: "sandbox" },
    beside: { type: "string", default: "bun" },
    most: { type: "string", default: "1.1" },
  },
});

/** By how much the server costs more than the other, round by round. */
function multiples(report, scenario) {
  const ours = figures(report, values.server, scenario, "cpuPerMessage");
  const others = figures(report, values.beside, scenario, "cpuPerMessage");
  return ours.slice(0, others.length).map((cost, round) => cost / others[round]);
}

export function compare(before, after, most) {
  const shared = after.scenarios.map(({ name }) => name).filter((name) => before.scenarios.some((one) => one.name === name));
  return shared
    .map((scenario) => ({ scenario, was: multiples(before, scenario), is: multiples(after, scenario) }))
    .filter(({ was, is }) => was.length > 0 && is.length > 0)
    .map(({ scenario, was, is }) => {
      const [then, now] = [spread(was), spread(is)];
      return { scenario, then, now, isWorse: now.median > then.median * most && now.least > then.most };
    });
}

function main() {
  if (positionals.length !== 2) throw new Error("two reports are compared: BEFORE.json AFTER.json");
  const [before, after] = positionals.map((file) => JSON.parse(readFileSync(file, "utf8")));
  const rows = compare(before, after, Number(values.most));
  if (rows.length === 0) throw new Error(`the reports have no scenario in common in which both ${values.server} and ${values.beside} were measured`);
  const text = ({ median, least, most }) => `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
  console.log(`What ${values.server} costs, as a multiple of ${values.beside}:\n\n| | before | after | |\n|---|---|---|---|`);
  for (const { scenario, then, now, isWorse } of rows) console.log(`| ${scenario} | ${text(then)} | ${text(now)} | ${isWorse ? "slower" : ""} |`);
  if (rows.some(({ isWorse }) => isWorse)) process.exitCode = 1;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  try {
    main();
  } catch (error) {
    console.error(`compare: ${error.message}`);
    process.exitCode = 2;
  }
}
