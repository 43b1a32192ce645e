#!/usr/bin/env node
/** `npx room <command>`: the command line of @cloudramp/room. */
import { setFlagsFromString } from "node:v8";
import { explain } from "./failure.js";

// The compiler is a large WebAssembly module that is used once: it is done before V8's second compilation of it pays off.
// With one alone, a build takes 1.0 s of 1.6.
setFlagsFromString("--liftoff-only");

/** Each is loaded when it is asked for: the compiler takes a second, and not every command needs it. */
const COMMANDS = {
  new: async () => (await import("./new.js")).newProject,
  build: async () => (await import("./build.js")).build,
  dev: async () => (await import("./dev.js")).dev,
  test: async () => (await import("./test.js")).test,
  deploy: async () => (await import("./deploy.js")).deploy,
  logs: async () => (await import("./logs.js")).logs,
  faults: async () => (await import("./faults.js")).faults,
  status: async () => (await import("./status.js")).status,
  replay: async () => (await import("./replay.js")).replay,
  lift: async () => (await import("./lift.js")).lift,
  bindings: async () => (await import("./bindings.js")).bindings,
};

const USAGE = `Usage: npx room <command>

  new [folder]      make a project, or make the one in the folder into a room
  build [file]      compile the room to build/<name>.wasm
  test [...]        build, then run the unit tests; takes what 'node --test' takes
  deploy [file]     build, then upload: the room is live
  dev [file]        deploy now, and again after every change
  logs              follow what the room logs, and what goes wrong, on the server
  faults            show what went wrong of late, and follow what does; with --once, only show
  status            what is live, what rests, which rooms there are
  replay [room]     do again what a room has done on the server, and say what is different; see
                    'Recordings' in the README. With a file behind the room: with that module
  lift              let a version run again that rests after repeated faults
  bindings [source] write typed functions for the plugins of a server, or of a file that describes them

  The file is assembly/index.ts unless asconfig.json names another.

Options of deploy, dev, logs, faults, status, replay and lift; bindings has --token
  --server <url>    default: $ROOM_SERVER, or else http://localhost:8080
  --service <name>  default: the package's name
  --token <token>   default: $ROOM_TOKEN
  --room <name>     of logs and faults: of this room alone
  --save <file>     of replay: keep the recording
  --from <file>     of replay: a recording that was kept, instead of a room
  --quiet           of replay: say only what is different
`;

// Whoever reads what is written here may stop reading, as `head` does.
process.stdout.on("error", ({ code }) => process.exit(code === "EPIPE" ? 0 : 1));

const [name, ...words] = process.argv.slice(2);
if (name === undefined || name === "help" || name === "--help" || words.includes("--help") || words.includes("-h")) {
  process.stdout.write(USAGE);
} else if (!Object.hasOwn(COMMANDS, name)) {
  fail(`There is no command '${name}'.\n\n${USAGE}`, 2);
} else {
  try {
    const command = await COMMANDS[name]();
    await command(words);
  } catch (error) {
    fail(explain(error), error.code?.startsWith?.("ERR_PARSE_ARGS") ? 2 : 1);
  }
}

function fail(message, status) {
  process.stderr.write(`${message.trimEnd()}\n`);
  process.exitCode = status;
}
