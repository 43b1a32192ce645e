/** Gives the bundle the SDK's library as a module `sdk-sources`: texts by path, as they are in its folder. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

export function sdkSources(directory) {
  return {
    name: "sdk-sources",
    setup(build) {
      build.onResolve({ filter: /^sdk-sources$/ }, () => ({ path: "sdk-sources", namespace: "sdk" }));
      build.onLoad({ filter: /.*/, namespace: "sdk" }, async () => {
        const assembly = await readdir(path.join(directory, "assembly"), { recursive: true });
        const names = ["index.ts", "plugin.ts", ...assembly.filter((name) => name.endsWith(".ts")).map((name) => `assembly/${name.replaceAll("\\", "/")}`)];
        const texts = await Promise.all(names.sort().map(async (name) => [name, await readFile(path.join(directory, name), "utf8")]));
        return { contents: JSON.stringify(Object.fromEntries(texts)), loader: "json" };
      });
    },
  };
}
