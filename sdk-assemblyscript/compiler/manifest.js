/** What the SDK takes from a project's package.json. */
import path from "node:path";
import { JsonTextError } from "./json-text.js";

/**
 * What a project is called: its package's name without the scope, or else its folder's.
 *
 * @param {{name?: unknown}} manifest
 * @param {string} directory
 * @returns {string}
 * @throws {JsonTextError} when the name is no text
 */
export function nameOf({ name }, directory) {
  if (name !== undefined && typeof name !== "string") throw new JsonTextError(`The name in ${path.join(directory, "package.json")} is no text.`);
  return (name ?? path.basename(directory)).replace(/^@[^/]*\//, "");
}
