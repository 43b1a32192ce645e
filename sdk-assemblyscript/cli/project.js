import { readFile } from "node:fs/promises";
import path from "node:path";
import { UserError } from "./user-error.js";

/**
 * The project in the current folder.
 *
 * @returns {Promise<{directory: string, name: string}>} its folder, and its package's name without the scope
 */
export async function currentProject() {
  const directory = process.cwd();
  const text = await readFile(path.join(directory, "package.json"), "utf8").catch(() => null);
  if (text === null) throw new UserError(`There is no package.json in ${directory}. 'npx room new <name>' makes a project.`);
  let name;
  try {
    ({ name } = JSON.parse(text));
  } catch (error) {
    throw new UserError(`package.json in ${directory} is no JSON: ${error.message}`);
  }
  return { directory, name: (name ?? path.basename(directory)).replace(/^@[^/]*\//, "") };
}
