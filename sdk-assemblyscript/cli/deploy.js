import { parseArgs } from "node:util";
import { buildProject } from "./build.js";
import { currentProject, onlyFile } from "./project.js";
import { Server, SERVER_OPTIONS } from "./server.js";

/** `room deploy [file] [--server …] [--service …] [--token …]` */
export async function deploy(words) {
  const { values, positionals } = parseArgs({ args: words, allowPositionals: true, options: SERVER_OPTIONS });
  const project = await currentProject();
  const server = new Server(values, project);
  const built = await buildProject(project, onlyFile(positionals));
  process.stdout.write(`${await server.upload(built)}\n`);
}
