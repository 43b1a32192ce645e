import { readFile } from "node:fs/promises";
import path from "node:path";
import { objectIn } from "../compiler/json-text.js";
import { nameOf } from "../compiler/manifest.js";
import { UserError } from "./user-error.js";

/** What a host accepts as the name of a service. */
export const SERVICE_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** And as that of a room. */
export const ROOM_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * The project in the current folder.
 *
 * @returns {Promise<{directory: string, name: string}>} its folder, and its package's name without the scope
 */
export async function currentProject() {
  const directory = process.cwd();
  const manifest = await manifestIn(directory);
  if (manifest === null) throw new UserError(`There is no package.json in ${directory}. 'npx room new <name>' makes a project.`);
  return { directory, name: nameOf(manifest, directory) };
}

/**
 * The package.json of a folder.
 *
 * @param {string} directory
 * @returns {Promise<Record<string, any> | null>} null when there is none
 * @throws {JsonTextError} when it is not what it should be
 */
export async function manifestIn(directory) {
  const file = path.join(directory, "package.json");
  const text = await readFile(file, "utf8").catch((error) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    if (error.code === "EISDIR") throw new UserError(`${file} is a folder, and not a file.`);
    throw error;
  });
  return text === null ? null : objectIn(text, file);
}

/** The one file that a command takes, or undefined. @param {string[]} positionals */
export function onlyFile(positionals) {
  if (positionals.length > 1) throw new UserError(`One room has one file, and not ${positionals.map((each) => `'${each}'`).join(" and ")}.`);
  return positionals[0];
}

/** Fails if a command that takes no file has been given something. @param {string[]} positionals */
export function noFiles(positionals) {
  if (positionals.length > 0) throw new UserError("This command takes options only, and no file.");
}
