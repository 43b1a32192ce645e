import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What a package would have if it were published now. */
async function packed(name) {
  const folder = fileURLToPath(new URL(`../../${name}/`, import.meta.url));
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: folder });
  const [{ files }] = JSON.parse(stdout);
  return { folder, files: files.map(({ path }) => path), manifest: JSON.parse(await readFile(path.join(folder, "package.json"), "utf8")) };
}

/** The files that a manifest names. */
function named({ main, types, bin = {}, exports }) {
  const leaves = (value) => typeof value === "string" ? [value] : Object.values(value).flatMap(leaves);
  return [main, types, ...Object.values(bin), ...leaves(exports)].filter(Boolean).map((file) => path.posix.normalize(file));
}

for (const name of ["sdk-assemblyscript", "sdk-client"]) {
  test(`the package of ${name} has what it names and imports, and nothing that is only for its makers`, async () => {
    const { folder, files, manifest } = await packed(name);
    for (const file of ["README.md", "package.json", ...named(manifest)]) assert.ok(files.includes(file), `${file} is missing`);
    for (const file of files) {
      assert.doesNotMatch(file, /^(test|test-support|scripts|target|build|node_modules)\/|package-lock|\.tgz$|\.log$/);
      if (!/\.(js|cjs|ts)$/.test(file) || file.startsWith("template/")) continue;
      const text = await readFile(path.join(folder, file), "utf8");
      for (const [, wanted] of text.matchAll(/^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)"/gm)) {
        const target = path.posix.join(path.posix.dirname(file), wanted);
        assert.ok([target, `${target}.ts`, `${target}/index.ts`].some((each) => files.includes(each)), `${file} imports ${wanted}, which is not packed`);
      }
    }
    for (const field of ["description", "license", "types", "exports", "files", "engines"]) assert.ok(manifest[field], `no ${field}`);
  });
}
