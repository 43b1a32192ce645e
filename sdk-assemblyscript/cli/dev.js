import { watch } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { buildProject } from "./build.js";
import { currentProject } from "./project.js";
import { Server, SERVER_OPTIONS } from "./server.js";
import { UserError } from "./user-error.js";

/** An editor may write a file in several steps; this is how long they take, in milliseconds. */
const SETTLING = 100;

/** `room dev [file] [--server …]`: builds and deploys now, and again after every change. Ends with Ctrl+C. */
export async function dev(words) {
  const { values, positionals: [entry] } = parseArgs({ args: words, allowPositionals: true, options: SERVER_OPTIONS });
  const project = await currentProject();
  const server = new Server(values, project);
  const folder = entry ? path.dirname(entry) : "assembly";

  let last = Promise.resolve();
  const rebuild = () => {
    last = last.then(() => buildAndUpload(project, entry, server));
  };
  let settled;
  // The watch begins before the first build, so that no change falls between.
  watch(path.join(project.directory, folder), { recursive: true }, () => {
    clearTimeout(settled);
    settled = setTimeout(rebuild, SETTLING);
  });
  rebuild();
}

/** What is wrong is shown, and is no reason to stop: the next change may put it right. */
async function buildAndUpload(project, entry, server) {
  const time = new Date().toLocaleTimeString();
  try {
    const { wasm } = await buildProject(project, entry);
    process.stdout.write(`${time}  ${await server.upload(wasm)}\n`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${time}  ${error.message.trimEnd()}\n`);
  }
}
