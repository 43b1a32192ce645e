import { parseArgs } from "node:util";
import { build as compileAndWrite } from "../compiler/compile.js";
import { currentProject } from "./project.js";
import { UserError } from "./user-error.js";

/** `room build [file]` */
export async function build(words) {
  const { positionals: [entry] } = parseArgs({ args: words, allowPositionals: true });
  const { path, wasm } = await buildProject(await currentProject(), entry);
  process.stdout.write(`${path}  ${wasm.length.toLocaleString("en")} bytes\n`);
}

/**
 * Compiles a project and shows the warnings.
 *
 * @throws {UserError} with the compiler's errors
 */
export async function buildProject(project, entry) {
  const compilation = await compileAndWrite({ ...project, entry, colors: process.stderr.isTTY });
  if (!compilation.ok) throw new UserError(compilation.report);
  process.stderr.write(compilation.report);
  return compilation;
}
