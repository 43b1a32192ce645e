import { stat } from "node:fs/promises";

/**
 * What changes when a file is written, replaced by another of its name, removed or made: two stamps of the same file that are
 * equal mean that nothing of this has happened between.
 *
 * @param {string} file
 * @returns {Promise<string>}
 */
export async function stampOf(file) {
  try {
    const { mtimeNs, size, ino } = await stat(file, { bigint: true });
    return `${mtimeNs} ${size} ${ino}`;
  } catch {
    return "absent";
  }
}
