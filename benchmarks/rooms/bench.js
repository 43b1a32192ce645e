/**
 * Measures servers side by side: each scenario goes round all of them, several times, so that whatever else the machine does meanwhile meets
 * all alike. Writes report.md and report.json.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bytesPerConnection } from "./connections.js";
import { machine, markdown } from "./report.js";
import { active, run, SCENARIOS } from "./scenarios.js";
import { missingFiles, SERVERS, variant } from "./servers.js";

const TARGET = fileURLToPath(new URL("../target", import.meta.url));
/** In milliseconds. */
const WARM_UP = 500;
const FIRST_WARM_UP = 10_000;

/** A short run measures nothing, and need not wait for compilers. */
const firstWarmUp = (measured) => Math.min(FIRST_WARM_UP, 2 * measured);

const USAGE = `Usage: ./sandbox bench [options]

  --servers NAMES     of ${SERVERS.map(({ name }) => name).join(", ")}; all if it is absent
  --scenarios NAMES   of ${SCENARIOS.map(({ name }) => `"${name}"`).join(", ")}; all if it is absent
  --variant NAME:SETTING=VALUE[,SETTING=VALUE]
                      this server once more, with other settings, such as workers:server.delivery=workers; may be given again
  --rounds N          how often each is measured; 3
  --seconds N         how long, each time; 5
  --connections N     afterwards, N idle connections to each server, and what they take of its memory; none if it is absent
  --active N          beside those, N that say something five times a second, and how long they wait for it; none if it is absent
  --out FOLDER        where report.md and report.json go; benchmarks/target

Needs Linux, for the processor time of a process. Nothing else should run on the machine.`;

const { values } = parseArgs({
  options: {
    servers: { type: "string" },
    scenarios: { type: "string" },
    variant: { type: "string", multiple: true, default: [] },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "5" },
    connections: { type: "string", default: "0" },
    active: { type: "string", default: "0" },
    out: { type: "string", default: TARGET },
    help: { type: "boolean", short: "h", default: false },
  },
});

/** Those that are asked for, by name. */
function chosen(all, names) {
  if (!names) return all;
  return names.split(",").map((name) => {
    const found = all.find((one) => one.name === name.trim());
    if (!found) throw new Error(`nothing is called "${name.trim()}"; there are ${all.map((one) => one.name).join(", ")}`);
    return found;
  });
}

function whole(option, least) {
  const number = Number(values[option]);
  if (!Number.isInteger(number) || number < least) throw new Error(`--${option} must be a whole number from ${least} on`);
  return number;
}

/** Each server in a process that has done nothing else. */
async function idleConnections(servers, count, talkers, times) {
  const taken = [];
  for (const server of servers) {
    const process = await server.start();
    try {
      const up = { ...server, ...process };
      const figures = await bytesPerConnection(up, count, () => (talkers === 0 ? {} : run(active(talkers), up, { ...times, warmUp: firstWarmUp(times.measured) })));
      taken.push({ server: server.name, ...figures });
      const waits = talkers === 0 ? "" : `; beside them ${talkers} active, p50 ${figures.p50.toFixed(2)} ms, p99 ${figures.p99.toFixed(2)} ms`;
      console.log(`${count} idle connections, ${server.name}: ${Math.round(figures.resident)} bytes each${waits}`);
    } finally {
      await process.stop();
    }
  }
  return taken;
}

async function main() {
  if (values.help) return console.log(USAGE);
  const rounds = whole("rounds", 1);
  const connections = whole("connections", 0);
  const talkers = whole("active", 0);
  if (talkers > 0 && connections === 0) throw new Error("--active is beside --connections, which must be given too");
  const times = { warmUp: WARM_UP, measured: whole("seconds", 1) * 1_000 };
  const servers = [...chosen(SERVERS, values.servers), ...values.variant.map(variant)];
  const scenarios = chosen(SCENARIOS, values.scenarios);
  const missing = missingFiles(servers);
  if (missing.length > 0) throw new Error(`not built yet: ${missing.join(", ")}; "./sandbox bench" does that`);

  const results = [];
  const running = [];
  try {
    for (const server of servers) running.push({ ...server, ...(await server.start()) });
    for (const scenario of scenarios) {
      for (let round = 0; round <= rounds; round++) {
        for (const server of running) {
          // The first round is for compilers to learn what is hot, and is not counted: servers run for days.
          const isCounted = round > 0;
          const figures = await run(scenario, server, isCounted ? times : { ...times, warmUp: firstWarmUp(times.measured) });
          if (!isCounted) continue;
          results.push({ server: server.name, scenario: scenario.name, round, ...figures });
          console.log(
            `${scenario.name}, round ${round}, ${server.name}: ${figures.cpuPerMessage.toFixed(1)} µs, ` +
              `${Math.round(figures.perSecond)}/s, p50 ${figures.p50.toFixed(2)} ms, p99 ${figures.p99.toFixed(2)} ms`,
          );
        }
      }
    }
  } finally {
    await Promise.all(running.map((server) => server.stop()));
  }

  const idle = connections > 0 ? await idleConnections(servers, connections, talkers, times) : [];
  const report = {
    machine: machine(),
    rounds,
    seconds: times.measured / 1_000,
    servers: servers.map(({ name, about }) => ({ name, about })),
    scenarios: scenarios.map(({ name, about }) => ({ name, about })),
    results,
    connections,
    talkers,
    idle,
  };
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(values.out, "report.md"), markdown(report));
  console.log(`\n${markdown(report)}\nWritten to ${join(values.out, "report.md")} and report.json beside it.`);
}

main().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
