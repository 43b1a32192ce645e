import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { stampOf } from "../compiler/file-stamp.js";
import { buildProject } from "./build.js";
import { explain } from "./failure.js";
import { currentProject, onlyFile } from "./project.js";
import { Server, SERVER_OPTIONS } from "./server.js";

/** How often the files are looked at, in milliseconds. An editor that saves in several steps is done within it. */
const INTERVAL = 150;

/** `room dev [file] [--server …]`: builds and deploys now, and again after every change. Ends with Ctrl+C. */
export async function dev(words) {
  const { values, positionals } = parseArgs({ args: words, allowPositionals: true, options: SERVER_OPTIONS });
  const entry = onlyFile(positionals);
  const project = await currentProject();
  const server = new Server(values, project);
  for (;;) await changeOf(await buildAndUpload(project, entry, server));
}

/**
 * What is wrong is shown, and is no reason to stop: the next change may put it right.
 *
 * @returns {Promise<Map<string, string>>} the files that the build depends on, as they were when it read them
 */
async function buildAndUpload(project, entry, server) {
  const time = new Date().toLocaleTimeString();
  let inputs = new Map();
  try {
    const built = await buildProject(project, entry, (those) => {
      inputs = those;
    });
    process.stdout.write(`${time}  ${await server.upload(built)}\n`);
  } catch (error) {
    process.stderr.write(`${time}  ${explain(error).trimEnd()}\n`);
  }
  return inputs;
}

/**
 * Waits until a file is another than it was, and has stayed so for a moment. The files are looked at, and not watched: a watch
 * is lost when an editor puts another file in the place of one, and there are file systems that tell nothing.
 *
 * @param {Map<string, string>} inputs
 */
async function changeOf(inputs) {
  const files = [...inputs.keys()];
  let before = [...inputs.values()];
  for (let hasChanged = false; ;) {
    await pause(INTERVAL);
    const now = await Promise.all(files.map(stampOf));
    const isAsBefore = now.every((stamp, i) => stamp === before[i]);
    if (hasChanged && isAsBefore) return;
    hasChanged ||= !isAsBefore;
    before = now;
  }
}
