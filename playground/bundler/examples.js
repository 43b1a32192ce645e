/** Gives the bundle the example rooms as a module `examples`: what each is called, how to play it, and its sources. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** In the order in which somebody new may want to see them. */
export const ORDER = [
  "chat", "counter", "presence", "tic-tac-toe", "rate-limiter", "auction", "cards", "whiteboard", "noticeboard", "pad", "club", "quiz",
];

/** @param {string} directory the folder of the examples */
export async function examplesIn(directory) {
  return Promise.all(ORDER.map(async (name) => {
    const folder = path.join(directory, name);
    const { title, how, tries } = JSON.parse(await readFile(path.join(folder, "play.json"), "utf8"));
    const sources = (await readdir(path.join(folder, "assembly"), { recursive: true }))
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `assembly/${file.replaceAll("\\", "/")}`);
    // The program itself comes first: it is what is shown.
    sources.sort((a, b) => (b === "assembly/index.ts") - (a === "assembly/index.ts") || a.localeCompare(b, "en"));
    const files = {};
    for (const file of sources) files[file] = await readFile(path.join(folder, file), "utf8");
    return { name, title, how, tries, files };
  }));
}

export function examples(directory) {
  return {
    name: "examples",
    setup(build) {
      build.onResolve({ filter: /^examples$/ }, () => ({ path: "examples", namespace: "examples" }));
      build.onLoad({ filter: /.*/, namespace: "examples" }, async () => ({
        contents: JSON.stringify(await examplesIn(directory)), loader: "json",
      }));
    },
  };
}
