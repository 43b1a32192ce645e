import { parseArgs } from "node:util";
import { inert } from "./inert.js";
import { noFiles } from "./project.js";
import { Server, SERVER_OPTIONS } from "./server.js";

/** `room lift [--server …] [--service …] [--token …]` */
export async function lift(words) {
  const { values, positionals } = parseArgs({ args: words, allowPositionals: true, options: SERVER_OPTIONS });
  noFiles(positionals);
  const server = await Server.of(values);
  await server.requireService();
  const { lifted } = await server.ask("POST", "/lift");
  const versions = Array.isArray(lifted) ? lifted.map((each) => String(each).slice(0, 12)) : [];
  process.stdout.write(
    versions.length === 0
      ? `Nothing of '${server.service}' rests at ${server.address}.\n`
      : `${inert(`'${server.service}' runs again at ${server.address}: ${versions.join(", ")}`)}\n`,
  );
}
