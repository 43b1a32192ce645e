import { readFileSync } from "node:fs";
import path from "node:path";
import { configurationAtOnce } from "../compiler/configuration.js";
import { objectIn } from "../compiler/json-text.js";
import { nameOf } from "../compiler/manifest.js";

/**
 * Where `room build` puts the module of the project in the current folder. `room test` knows, as it has just built it.
 *
 * @returns {string}
 */
export function builtModule() {
  if (process.env.ROOM_MODULE) return process.env.ROOM_MODULE;
  const directory = process.cwd();
  const read = (file) => {
    try {
      return readFileSync(path.join(directory, file), "utf8");
    } catch {
      return null;
    }
  };
  const manifest = read("package.json");
  const { outFile } = configurationAtOnce(read);
  return path.join(directory, outFile ?? `build/${nameOf(manifest === null ? {} : objectIn(manifest, "package.json"), directory)}.wasm`);
}
