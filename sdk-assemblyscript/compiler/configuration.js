/** A project's `asconfig.json`, and the files that it extends. */
import path from "node:path";
import { JsonTextError, objectIn } from "./json-text.js";

const FIRST = "asconfig.json";
/** What `asc` builds when nobody says which target. */
const TARGET = "release";

/**
 * @typedef {{entries: string[], outFile: string | null}} Configuration
 *   the programs that it names, and where it wants the module, relative to the project; null when it does not say
 */

/**
 * Reads what a project's configuration says, and checks that it can be read at all.
 *
 * @param {(file: string) => Promise<string | null>} read
 * @returns {Promise<Configuration>} of a project without one, the same as of one that says nothing
 * @throws {JsonTextError} when a file is wrong; names it, and says what is wrong
 */
export async function configurationOf(read) {
  const reading = levels();
  let step = reading.next();
  while (!step.done) step = reading.next(await read(step.value));
  return step.value;
}

/** As {@link configurationOf}, at once. @param {(file: string) => string | null} read */
export function configurationAtOnce(read) {
  const reading = levels();
  let step = reading.next();
  while (!step.done) step = reading.next(read(step.value));
  return step.value;
}

/** Yields the files to read, is given their texts, and returns the configuration. */
function* levels() {
  let entries = [];
  let outFile = null;
  const seen = new Set();
  for (let file = FIRST; file !== null && !seen.has(file);) {
    seen.add(file);
    const text = yield file;
    if (text === null) {
      if (file === FIRST) break;
      throw new JsonTextError(`'extends' names '${file}', which is not there.`);
    }
    const level = objectIn(text, file);
    check(level, file);
    if (file === FIRST) entries = level.entries ?? [];
    const own = level.targets?.[TARGET]?.outFile ?? level.options?.outFile;
    if (outFile === null && own !== undefined) outFile = path.join(path.dirname(file), own).replaceAll("\\", "/");
    // What is no path is a package, which the compiler finds by itself.
    file = level.extends?.startsWith(".") ? path.join(path.dirname(file), level.extends) : null;
  }
  return { entries, outFile };
}

/**
 * A configuration file with the SDK's defaults under it. A file that extends another rests on that one instead, so
 * that every setting of the programmer, wherever it is, comes before the defaults.
 *
 * @param {Record<string, any>} defaults
 * @param {string | null} text of the file that the compiler asks for; null when there is none
 * @param {string} file its name
 * @returns {string | null}
 */
export function restOn(defaults, text, file) {
  if (text === null) return file === FIRST ? JSON.stringify({ options: defaults }) : null;
  const level = objectIn(text, file);
  delete level.entries;
  if (!level.extends) level.options = { ...defaults, ...level.options };
  return JSON.stringify(level);
}

function check(level, file) {
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const wrong = (what) => new JsonTextError(`${file}: ${what}.`);
  if (level.options !== undefined && !isObject(level.options)) throw wrong("'options' is no object");
  if (level.extends !== undefined && typeof level.extends !== "string") throw wrong("'extends' is no text");
  if (level.targets !== undefined) {
    if (!isObject(level.targets) || !Object.values(level.targets).every(isObject)) throw wrong("'targets' is no object of objects");
  }
  if (level.entries !== undefined && !(Array.isArray(level.entries) && level.entries.every((each) => typeof each === "string"))) {
    throw wrong("'entries' is no list of files");
  }
  for (const options of [level.options, ...Object.values(level.targets ?? {})]) {
    if (options?.outFile !== undefined && typeof options.outFile !== "string") throw wrong("'outFile' is no text");
  }
}
