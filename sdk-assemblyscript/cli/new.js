import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nameOf } from "../compiler/manifest.js";
import { manifestIn, onlyFile, SERVICE_ID } from "./project.js";
import { UserError } from "./user-error.js";

const PACKAGE = "@cloudramp/room";
const ROOM_TEST = "room test";
const TEMPLATE = fileURLToPath(new URL("../template/", import.meta.url));

/**
 * `room new [folder]`: makes a project, or makes the one in the folder into a room. It replaces no file, and of a package.json
 * it changes nothing that is there but npm's placeholder for tests.
 */
export async function newProject(words) {
  const { positionals } = parseArgs({ args: words, allowPositionals: true });
  const folder = onlyFile(positionals) ?? ".";
  const directory = path.resolve(folder);
  const manifestPath = path.join(directory, "package.json");
  const existing = await manifestIn(directory);
  const manifest = existing ?? { name: path.basename(directory), private: true, type: "module" };
  const name = nameOf(manifest, directory);
  if (!SERVICE_ID.test(name)) {
    throw new UserError(`'${name}' cannot be the name of a room: use small letters, digits and '-', at most 63.`);
  }

  await mkdir(directory, { recursive: true });
  const room = await asRoom(manifest);
  await writeFile(manifestPath, existing === null ? `${JSON.stringify(room, null, 2)}\n` : await inTheStyleOf(manifestPath, room));
  for (const [source, target] of Object.entries(filesFor(room))) {
    const text = await readFile(path.join(TEMPLATE, source), "utf8");
    const written = await writeIfAbsent(path.join(directory, target), text);
    process.stdout.write(`${written ? "made" : "kept"}  ${target}\n`);
  }

  const enter = directory === process.cwd() ? "" : `cd ${folder} && `;
  const install = existsSync(path.join(directory, "node_modules/@cloudramp/room")) ? "" : "npm install && ";
  process.stdout.write(`\nNext: ${enter}${install}${room.scripts.test === ROOM_TEST ? "npm test" : "npx room test"}\n`);
}

/** Where each file of the template goes. npm leaves files named `.gitignore` out of a package. */
function filesFor(manifest) {
  return {
    "assembly/index.ts": "assembly/index.ts",
    "assembly/tsconfig.json": "assembly/tsconfig.json",
    // In a package of CommonJS modules the ending says that this file is another.
    "test/room.test.js": manifest.type === "module" ? "test/room.test.js" : "test/room.test.mjs",
    gitignore: ".gitignore",
  };
}

/** The text of a package.json as it was, with its indent, end and byte order mark, and what is new in it. */
async function inTheStyleOf(file, manifest) {
  const text = await readFile(file, "utf8");
  const [, indent = "  "] = /^\ufeff?\s*\{\r?\n([ \t]+)/.exec(text) ?? [];
  const [end] = /\s*$/.exec(text);
  const lines = JSON.stringify(manifest, null, indent);
  return `${text.startsWith("\ufeff") ? "\ufeff" : ""}${text.includes("\r\n") ? lines.replaceAll("\n", "\r\n") : lines}${end}`;
}

/** The manifest with what a room needs; what it says already stays. */
async function asRoom(manifest) {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  const { test, ...scripts } = manifest.scripts ?? {};
  const isPlaceholder = test === undefined || String(test).includes("no test specified"); // as `npm init` writes it
  return {
    ...manifest,
    scripts: {
      build: "room build",
      dev: "room dev",
      deploy: "room deploy",
      ...scripts,
      test: isPlaceholder ? ROOM_TEST : test,
    },
    ...(manifest.devDependencies?.[PACKAGE] ? {} : { dependencies: { [PACKAGE]: `^${version}`, ...manifest.dependencies } }),
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
