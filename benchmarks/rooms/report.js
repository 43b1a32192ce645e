/** What was measured, as a table. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, loadavg, release, totalmem } from "node:os";

/** What the figures depend on besides the code. */
export function machine() {
  const java = process.env.JAVA_HOME ? `${process.env.JAVA_HOME}/bin/java` : "java";
  return {
    date: new Date().toISOString().slice(0, 10),
    processors: `${cpus().length} × ${cpus()[0].model.trim()}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `Linux ${release()} ${arch()}`,
    load: loadavg()[0].toFixed(1),
    versions: { java: javaVersion(java), node: process.versions.node, ...packageVersions() },
  };
}

function javaVersion(java) {
  const { stderr } = spawnSync(java, ["-XshowSettings:properties", "-version"], { encoding: "utf8" });
  return stderr.match(/java\.runtime\.version = (\S+)/)?.[1] ?? "unknown";
}

function packageVersions() {
  const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
  return dependencies;
}

/** The median, the least and the most. */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, least: sorted[0], most: sorted[sorted.length - 1] };
}

/** The figures of one server in one scenario, over all rounds. */
export function figures(report, server, scenario, figure) {
  return report.results.filter((one) => one.server === server && one.scenario === scenario).map((one) => one[figure]);
}

const FIGURES = [
  ["cpuPerMessage", "Processor time of the server for each message that came in, µs", 1],
  ["perSecond", "Messages a second", 0],
  ["p50", "From a member's word to its echo, median, ms", 2],
  ["p99", "The same, 99th percentile, ms", 2],
  ["deliveredOf", "Part of what was due to members that came", 3],
];

/** The report for people. */
export function markdown(report) {
  const { machine: on } = report;
  const versions = Object.entries(on.versions).map(([name, version]) => `${name} ${version}`);
  const lines = [
    `Measured on ${on.date}: ${on.processors}, ${on.memory}, ${on.system}; load average before it ${on.load}; ${versions.join(", ")}.`,
    `Medians of ${report.rounds} rounds of ${report.seconds} s, in brackets the least and the most.`,
    "",
    ...report.servers.map(({ name, about }) => `- **${name}**: ${about}`),
    "",
    ...report.scenarios.map(({ name, about }) => `- **${name}**: ${about}`),
  ];
  for (const [figure, title, digits] of FIGURES) {
    lines.push("", `### ${title}`, "", `| | ${report.scenarios.map(({ name }) => name).join(" | ")} |`);
    lines.push(`|---|${report.scenarios.map(() => "---|").join("")}`);
    for (const { name } of report.servers) {
      const cells = report.scenarios.map((scenario) => cell(figures(report, name, scenario.name, figure), digits));
      lines.push(`| ${name} | ${cells.join(" | ")} |`);
    }
  }
  if (report.idle?.length > 0) lines.push(...connectionsTable(report));
  return `${lines.join("\n")}\n`;
}

function connectionsTable({ idle, connections, talkers }) {
  const isSpoken = talkers > 0;
  const beside = isSpoken ? `; and how long ${text(talkers)} others wait for their words meanwhile, each of whom speaks five times a second` : "";
  return [
    "",
    `### Memory of the server for each of ${text(connections)} connections that say nothing, ten in a room, bytes${beside}`,
    "",
    `| | resident | live objects of a JVM |${isSpoken ? " median, ms | 99th percentile, ms |" : ""}`,
    `|---|---|---|${isSpoken ? "---|---|" : ""}`,
    ...idle.map(({ server, resident, heap, p50, p99 }) =>
      `| ${server} | ${text(resident)} | ${heap === undefined ? "" : text(heap)} |${isSpoken ? ` ${text(p50, 2)} | ${text(p99, 2)} |` : ""}`),
  ];
}

function text(number, digits = 0) {
  return number.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function cell(numbers, digits) {
  if (numbers.length === 0) return "";
  const { median, least, most } = spread(numbers);
  return `${text(median, digits)} (${text(least, digits)}–${text(most, digits)})`;
}
