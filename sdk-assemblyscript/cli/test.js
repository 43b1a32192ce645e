import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { buildProject } from "./build.js";
import { currentProject } from "./project.js";

/** `room test [arguments of node --test]`: builds the room, then runs its unit tests in Node's own test runner. */
export async function test(words) {
  const project = await currentProject();
  const { path: file } = await buildProject(project);
  // Where the module is depends on asconfig.json; MockRoom.load() looks here.
  const env = { ...process.env, ROOM_MODULE: path.join(project.directory, file) };
  const [status] = await once(spawn(process.execPath, ["--test", ...words], { stdio: "inherit", env }), "exit");
  process.exitCode = status ?? 1;
}
