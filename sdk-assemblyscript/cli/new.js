import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nameOf, SERVICE_ID } from "./project.js";
import { UserError } from "./user-error.js";

const TEMPLATE = fileURLToPath(new URL("../template/", import.meta.url));

/** Where each file of the template goes. npm leaves files named `.gitignore` out of a package. */
const FILES = {
  "assembly/index.ts": "assembly/index.ts",
  "assembly/tsconfig.json": "assembly/tsconfig.json",
  "test/room.test.js": "test/room.test.js",
  gitignore: ".gitignore",
};

/** `room new [folder]`: makes a project, or makes the one in the folder into a room. It replaces no file. */
export async function newProject(words) {
  const { positionals: [folder = "."] } = parseArgs({ args: words, allowPositionals: true });
  const directory = path.resolve(folder);
  const manifestPath = path.join(directory, "package.json");
  const existing = await readFile(manifestPath, "utf8").catch(() => null);
  const manifest = existing === null ? { name: path.basename(directory) } : JSON.parse(existing);
  const name = nameOf(manifest, directory);
  if (!SERVICE_ID.test(name)) {
    throw new UserError(`'${name}' cannot be the name of a room: use small letters, digits and '-', at most 63.`);
  }

  await mkdir(directory, { recursive: true });
  await writeFile(manifestPath, `${JSON.stringify(await asRoom(manifest), null, 2)}\n`);
  for (const [source, target] of Object.entries(FILES)) {
    const text = await readFile(path.join(TEMPLATE, source), "utf8");
    const written = await writeIfAbsent(path.join(directory, target), text.replaceAll("{{name}}", name));
    process.stdout.write(`${written ? "made" : "kept"}  ${target}\n`);
  }

  const enter = directory === process.cwd() ? "" : `cd ${folder} && `;
  const install = existsSync(path.join(directory, "node_modules/@cloudramp/room")) ? "" : "npm install && ";
  process.stdout.write(`\nNext: ${enter}${install}npm test\n`);
}

/** The manifest with what a room needs; what it says already stays. */
async function asRoom(manifest) {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  const { test, ...scripts } = manifest.scripts ?? {};
  const isPlaceholder = test === undefined || test.includes("no test specified"); // as `npm init` writes it
  return {
    ...manifest,
    private: manifest.private ?? true,
    type: "module",
    scripts: {
      build: "room build",
      dev: "room dev",
      deploy: "room deploy",
      ...scripts,
      test: isPlaceholder ? "room test" : test,
    },
    dependencies: { "@cloudramp/room": `^${version}`, ...manifest.dependencies },
  };
}

async function writeIfAbsent(file, text) {
  await mkdir(path.dirname(file), { recursive: true });
  try {
    await writeFile(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}
