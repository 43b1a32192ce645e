/** What the compiler reads of `node:fs/promises`, in a browser: the SDK's own files, which were put into the bundle. */
import sdk from "sdk-sources";

/** Where the SDK lies as far as its compiler knows; the bundle is made with this address. */
const SDK = "/sdk/";

export async function readFile(path) {
  const text = path.startsWith(SDK) ? sdk[path.slice(SDK.length)] : undefined;
  if (text === undefined) throw new Error(`there is no file '${path}'`);
  return text;
}

/** Nothing changes in a browser, so nothing has a stamp. */
export async function stat(path) {
  throw new Error(`there is no file '${path}'`);
}

export const mkdir = stat;
export const writeFile = stat;
