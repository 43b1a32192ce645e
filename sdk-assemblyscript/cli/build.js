import { parseArgs } from "node:util";
import { build as compileAndWrite } from "../compiler/compile.js";
import { currentProject, onlyFile } from "./project.js";
import { UserError } from "./user-error.js";

/** `room build [file]` */
export async function build(words) {
  const { positionals } = parseArgs({ args: words, allowPositionals: true });
  const { path, wasm } = await buildProject(await currentProject(), onlyFile(positionals));
  process.stdout.write(`${path}  ${wasm.length.toLocaleString("en")} bytes\n`);
}

/**
 * Compiles a project and shows the warnings.
 *
 * @param {{directory: string, name: string}} project
 * @param {string} [entry]
 * @param {(inputs: Map<string, string>) => void} [onInputs] told on what the build depends, also when it fails
 * @throws {UserError} with the compiler's errors
 */
export async function buildProject(project, entry, onInputs = () => {}) {
  const compilation = await compileAndWrite({ ...project, entry, colors: process.stderr.isTTY });
  onInputs(compilation.inputs);
  if (!compilation.ok) throw new UserError(compilation.report);
  process.stderr.write(compilation.report);
  return compilation;
}
