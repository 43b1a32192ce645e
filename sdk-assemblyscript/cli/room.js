#!/usr/bin/env node
/** `npx room <command>`: the command line of @cloudramp/room. */
import { build } from "./build.js";
import { UserError } from "./user-error.js";

const COMMANDS = { build };

const USAGE = `Usage: npx room <command>

  build [file]      compile the room to build/<name>.wasm

Every command runs in the folder of the room's package.json.
`;

const [name, ...words] = process.argv.slice(2);
if (name === undefined || name === "help" || name === "--help") {
  process.stdout.write(USAGE);
} else if (!Object.hasOwn(COMMANDS, name)) {
  process.stderr.write(`There is no command '${name}'.\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  try {
    await COMMANDS[name](words);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message.trimEnd()}\n`);
    process.exitCode = 1;
  }
}
