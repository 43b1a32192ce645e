#!/usr/bin/env node
/** `npx room <command>`: the command line of @cloudramp/room. */
import { bindings } from "./bindings.js";
import { build } from "./build.js";
import { deploy } from "./deploy.js";
import { dev } from "./dev.js";
import { newProject } from "./new.js";
import { test } from "./test.js";
import { UserError } from "./user-error.js";

const COMMANDS = { new: newProject, build, dev, test, deploy, bindings };

const USAGE = `Usage: npx room <command>

  new [folder]      make a project, or make the one in the folder into a room
  build [file]      compile the room to build/<name>.wasm
  test [...]        build, then run the unit tests; takes what 'node --test' takes
  deploy [file]     build, then upload: the room is live
  dev [file]        deploy now, and again after every change
  bindings [source] write typed functions for the plugins of a server, or of a file that describes them

  The file is assembly/index.ts unless asconfig.json names another.

Options of deploy and dev; bindings has the last
  --server <url>    default: $ROOM_SERVER, or else http://localhost:8080
  --service <name>  default: the package's name
  --token <token>   default: $ROOM_TOKEN
`;

const [name, ...words] = process.argv.slice(2);
if (name === undefined || name === "help" || name === "--help" || words.includes("--help")) {
  process.stdout.write(USAGE);
} else if (!Object.hasOwn(COMMANDS, name)) {
  fail(`There is no command '${name}'.\n\n${USAGE}`, 2);
} else {
  try {
    await COMMANDS[name](words);
  } catch (error) {
    if (error instanceof UserError) fail(error.message, 1);
    else if (error.code?.startsWith("ERR_PARSE_ARGS")) fail(error.message, 2);
    else throw error;
  }
}

function fail(message, status) {
  process.stderr.write(`${message.trimEnd()}\n`);
  process.exitCode = status;
}
