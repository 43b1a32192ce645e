import { readFile } from "node:fs/promises";
import path from "node:path";
import { UserError } from "./user-error.js";

/** What a host accepts as the name of a service. */
export const SERVICE_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

/**
 * The project in the current folder.
 *
 * @returns {Promise<{directory: string, name: string}>} its folder, and its package's name without the scope
 */
export async function currentProject() {
  const directory = process.cwd();
  const text = await readFile(path.join(directory, "package.json"), "utf8").catch(() => null);
  if (text === null) throw new UserError(`There is no package.json in ${directory}. 'npx room new <name>' makes a project.`);
  let manifest;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw new UserError(`package.json in ${directory} is no JSON: ${error.message}`);
  }
  return { directory, name: nameOf(manifest, directory) };
}

/** A package's name without its scope, or else its folder's name. */
export function nameOf(manifest, directory) {
  return (manifest.name ?? path.basename(directory)).replace(/^@[^/]*\//, "");
}
