/**
 * Builds the pages that sandbox-server serves: `node build.js FOLDER`.
 *
 * FOLDER/playground and FOLDER/monitor get an `index.html` each, and beside it what it needs, under names with a digest in them, so
 * that browsers may keep it for ever. Needs nothing from outside once `npm ci` has run.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compress } from "./bundler/compressed.js";
import { examples } from "./bundler/examples.js";
import { sdkSources } from "./bundler/sdk-sources.js";

const here = path.dirname(fileURLToPath(import.meta.url));
const sdk = path.join(here, "../sdk-assemblyscript");
const source = (file) => path.join(here, "src", file);
const target = path.resolve(process.argv[2] ?? path.join(here, "target/classes/pages"));

const COMMON = {
  bundle: true, minify: true, format: "esm", target: ["chrome111", "firefox115", "safari16.4"], charset: "utf8",
  legalComments: "linked", metafile: true, entryNames: "[name]-[hash]", assetNames: "[name]-[hash]", logLevel: "warning", absWorkingDir: here,
  loader: { ".svg": "file" }, nodePaths: [path.join(here, "node_modules")],
  alias: { "@cloudramp/client": path.join(here, "../sdk-client/index.js") },
};

/** The SDK's compiler, with what a browser has instead of Node. */
async function compiler(folder) {
  return bundle(folder, "compiler/worker.js", {
    entryNames: "compiler-[hash]",
    // Where the SDK is, as far as it can tell; see src/compiler/virtual-files.js.
    define: { "import.meta.url": '"file:///sdk/compiler/compile.js"' },
    alias: {
      "assemblyscript/asc": source("compiler/asc.js"),
      "node:fs/promises": source("compiler/virtual-files.js"),
      "node:module": source("compiler/source-map.js"),
      "node:path": "path-browserify",
      "node:url": source("compiler/urls.js"),
      "node:vm": source("compiler/no-timeout.js"),
    },
    // What the compiler asks for only when it finds itself in Node.
    external: ["fs", "module", "path", "url", "node:fs"],
    plugins: [sdkSources(sdk)],
  });
}

/** Bundles one entry. @returns {Promise<string>} the path at which the server has it */
async function bundle(folder, entry, options = {}) {
  const { metafile } = await build({
    ...COMMON, entryPoints: [source(entry)], outdir: path.join(target, folder), publicPath: `/${folder}/`, ...options,
  });
  const names = Object.entries(metafile.outputs);
  for (const [name] of names) made.add(path.resolve(here, name));
  const [output] = names.find(([, { entryPoint }]) => entryPoint !== undefined && path.resolve(here, entryPoint) === source(entry));
  return `/${folder}/${path.basename(output)}`;
}

/** An `index.html` with the names of this build. */
async function page(folder, options) {
  const script = await bundle(folder, `${folder}/main.js`, options);
  const style = await bundle(folder, `${folder}/page.css`);
  const icon = await bundle(folder, "shared/icon.svg", { loader: { ".svg": "copy" } });
  const html = (await readFile(source(`${folder}/index.html`), "utf8"))
    .replaceAll("{{script}}", script).replaceAll("{{style}}", style).replaceAll("{{icon}}", icon);
  const file = path.join(target, folder, "index.html");
  await writeFile(file, html);
  made.add(file);
}

const made = new Set();
for (const folder of ["playground", "monitor"]) await mkdir(path.join(target, folder), { recursive: true });
await page("playground", {
  define: { COMPILER: JSON.stringify(await compiler("playground")) },
  plugins: [examples(path.join(here, "../examples/guests"))],
});
await page("monitor");
for (const file of [...made].filter((each) => !each.endsWith(".html"))) {
  await compress(file);
  made.add(`${file}.br`).add(`${file}.gz`);
}
// What an earlier build has left is not to be served.
for (const name of await readdir(target, { recursive: true, withFileTypes: true })) {
  const file = path.join(name.parentPath ?? name.path, name.name);
  if (name.isFile() && !made.has(file)) await rm(file);
}
