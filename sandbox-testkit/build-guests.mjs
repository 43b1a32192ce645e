// Compiles every .wat file below src/main/wat, or below the folders that are given behind the first, to a .wasm file
// of the same name below the first folder that is given.
// Installs the compiler first, unless node_modules already is what package-lock.json asks for.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const [target, ...given] = process.argv.slice(2);
const sources = given.length > 0 ? given : [join(here, "src", "main", "wat")];

installCompiler();
const { default: loadCompiler } = await import("wabt");
const compiler = await loadCompiler();

rmSync(target, { recursive: true, force: true });
for (const folder of sources) {
  for (const source of textsBelow(folder)) {
    const name = relative(folder, source);
    const wasm = join(target, name.replace(/\.wat$/, ".wasm"));
    mkdirSync(dirname(wasm), { recursive: true });
    writeFileSync(wasm, compile(name, readFileSync(source, "utf8")));
  }
}

function compile(name, text) {
  try {
    const module = compiler.parseWat(name, text, { extended_const: true });
    module.resolveNames();
    module.validate();
    return module.toBinary({}).buffer;
  } catch (error) {
    // Left to itself, node prints the line that threw: the whole compiler.
    console.error(error.message);
    process.exit(1);
  }
}

function textsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return textsBelow(path);
    }
    return entry.name.endsWith(".wat") ? [path] : [];
  });
}

function installCompiler() {
  const stamp = join(here, "node_modules", ".installed-lock");
  const wanted = createHash("sha256").update(readFileSync(join(here, "package-lock.json"))).digest("hex");
  if (contentOf(stamp) === wanted) {
    return;
  }
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], { cwd: here, stdio: "inherit" });
  writeFileSync(stamp, wanted);
}

function contentOf(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
