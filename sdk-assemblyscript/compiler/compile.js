/** Compiles a room's program into the module that a host loads. */
import { readFile as readFromDisk, mkdir, writeFile as writeToDisk } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Parser } from "assemblyscript";
import asc from "assemblyscript/asc";
import { configurationOf, restOn } from "./configuration.js";
import { stampOf } from "./file-stamp.js";
import { withFunctionLines } from "./function-lines.js";
import { JsonTextError } from "./json-text.js";
import { roomClasses } from "./program-shape.js";
import { Report } from "./report.js";
import { failureToStart } from "./start.js";
import RoomTransform from "./transform.js";

const SDK_DIRECTORY = fileURLToPath(new URL("..", import.meta.url));
const SDK_IN_NODE_MODULES = /(?:^|[\\/])node_modules[\\/]@cloudramp[\\/]room[\\/](.*)$/;
const DEFAULT_ENTRY = "assembly/index.ts";

/**
 * @typedef {object} Compilation
 * @property {boolean} ok whether there is a module
 * @property {string} report errors and warnings for a person to read; empty when there are none
 * @property {import("./report.js").Problem[]} problems the errors and warnings among them that have a place
 * @property {string} path the module's file, relative to the project
 * @property {Uint8Array | null} wasm the module
 * @property {string} [sourceMap] of the module, unless the settings want none
 * @property {{file: string, contents: string | Uint8Array}[]} outputs all files, the module's among them
 * @property {Map<string, string>} inputs each file of the programmer's that it depends on, also those that it looked for and did not
 *   find, by absolute path, with the stamp that it had (file-stamp.js)
 */

/** Compiles a project as {@link compile} does, and writes what comes out. @returns {Promise<Compilation>} */
export async function build(project) {
  const compilation = await compile(project);
  for (const { file, contents } of compilation.outputs) {
    const absolute = path.join(project.directory, file);
    await mkdir(path.dirname(absolute), { recursive: true });
    await writeToDisk(absolute, contents);
  }
  return compilation;
}

/**
 * Compiles the project in `directory` and writes nothing. Its `asconfig.json` is respected: what it sets is used in
 * the place of the SDK's own choice of optimisation, output file and runtime, and its transforms run after the SDK's.
 *
 * @param {object} project
 * @param {string} project.directory the project's folder
 * @param {string} project.name names the output: `build/<name>.wasm`
 * @param {string} [project.entry] the program's file, relative to the project; by default the first of
 *   `entries` in asconfig.json, or else `assembly/index.ts`
 * @param {Record<string, string>} [project.files] texts, by path relative to the project, that stand for files
 * @param {string[]} [project.compilerOptions] further options of `asc`
 * @param {boolean} [project.colors] whether the report has terminal colors
 * @returns {Promise<Compilation>}
 */
export async function compile({ directory, name, entry, files = {}, compilerOptions = [], colors = false }) {
  /** What has been read, by path, to show advice on. */
  const sources = new Map();
  const inputs = new Map();
  const read = async (file, base) => {
    const sdkFile = SDK_IN_NODE_MODULES.exec(file);
    // The library that is compiled in is always the one that this compiler belongs to.
    const absolute = sdkFile ? path.join(SDK_DIRECTORY, sdkFile[1]) : path.resolve(directory, base, file);
    const relative = relativeTo(directory, absolute);
    if (!sdkFile && !inputs.has(absolute)) inputs.set(absolute, await stampOf(absolute));
    const text = Object.hasOwn(files, relative) ? files[relative] : await readFromDisk(absolute, "utf8").catch(() => null);
    if (text !== null) sources.set(relative, text);
    return text;
  };

  const fail = (report, problems = []) => ({ ok: false, report, problems, path: "", wasm: null, outputs: [], inputs });
  let configuration;
  try {
    configuration = await configurationOf((file) => read(file, "."));
  } catch (error) {
    if (error instanceof JsonTextError) return fail(`${error.message}\n`);
    throw error;
  }
  const program = entry ?? configuration.entries[0] ?? DEFAULT_ENTRY;
  const text = await read(program, ".");
  if (text === null) {
    return fail(`There is no file '${program}' in ${directory}.${program === DEFAULT_ENTRY ? " 'npx room new' makes it." : ""}\n`);
  }

  const defaults = {
    outFile: `build/${name}.wasm`,
    // A function's memory is put back before each hook, so nothing needs to be freed; a class keeps its own.
    runtime: declaresRoomClass(text, program) ? "incremental" : "stub",
    optimizeLevel: 3,
    shrinkLevel: 1,
    sourceMap: true,
    // Changes no code: it adds what the functions are called, for the host to say where a hook has failed.
    debug: true,
  };
  const outputs = [];
  const report = new Report(sources, colors);
  const clashes = [];
  const lines = new Map();
  const words = [program, "--baseDir", directory, ...(colors ? [] : ["--noColors"]), ...compilerOptions];
  const { error } = await compiling(words, {
    readFile: async (file, base) => {
      const contents = await read(file, base);
      return file.endsWith(".json") ? restOn(defaults, contents, file) : contents;
    },
    writeFile: (file, contents) => void outputs.push({ file: relativeTo(directory, file), contents }),
    stdout: report,
    stderr: report,
    reportDiagnostic: (diagnostic) => report.advise(diagnostic),
    // The compiler hands a transform its program by way of the class, and there may be several programs at once.
    transforms: [class extends RoomTransform {
      clashes = clashes;
      lines = lines;
    }],
  });
  if (error) {
    const text = configuration.transforms.length > 0 ? report.afterClashes(clashes, configuration.transforms) : report.text;
    return fail(text, report.problems);
  }

  const module = outputs.find(({ file }) => file.endsWith(".wasm"));
  if (module === undefined) return fail(`asconfig.json: the build writes no module. Remove 'noEmit', or let 'outFile' end in '.wasm'.\n`);
  module.contents = withFunctionLines(module.contents, lines);
  const sourceMap = outputs.find(({ file }) => file === `${module.file}.map`)?.contents;
  const failure = failureToStart(module.contents, sourceMap);
  if (failure) {
    report.failToStart(failure);
    return fail(report.text, report.problems);
  }
  return { ok: true, report: report.text, problems: report.problems, path: module.file, wasm: module.contents, sourceMap, outputs, inputs };
}

/** The compiler throws, and does not report, when there is no package of a transform's name. */
async function compiling(words, environment) {
  try {
    return await asc.main(words, environment);
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    const [said] = error.message.split("\n", 1);
    environment.stderr.write(`FAILURE ${said}, which 'transform' names. Is its package installed?\n`);
    return { error };
  }
}

/** Paths in reports and results have slashes on every system. */
function relativeTo(directory, file) {
  return path.relative(directory, path.resolve(directory, file)).replaceAll("\\", "/");
}

function declaresRoomClass(text, file) {
  const parser = new Parser();
  parser.parseFile(text, file, true);
  return roomClasses(parser.sources[0]).length > 0;
}
