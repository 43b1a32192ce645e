import { spawn } from "node:child_process";
import { once } from "node:events";
import { buildProject } from "./build.js";
import { currentProject } from "./project.js";

/** `room test [arguments of node --test]`: builds the room, then runs its unit tests in Node's own test runner. */
export async function test(words) {
  await buildProject(await currentProject());
  const [status] = await once(spawn(process.execPath, ["--test", ...words], { stdio: "inherit" }), "exit");
  process.exitCode = status ?? 1;
}
