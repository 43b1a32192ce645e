import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { objectIn } from "../compiler/json-text.js";
import { bindingsOf } from "./plugin-source.js";
import { currentProject } from "./project.js";
import { reasonOf } from "./server.js";
import { UserError } from "./user-error.js";

const ABI = 1;
const FOLDER = "assembly/plugins";

/** What the SDK has classes for already. */
const BUILT_IN = new Set(["room", "conn", "kv", "request", "sandbox", "timer"]);

/** `room bindings [server or file]`: writes typed functions for what a server's plugins offer. */
export async function bindings(words) {
  const options = { token: { type: "string" } };
  const { values, positionals } = parseArgs({ args: words, allowPositionals: true, options });
  const { directory } = await currentProject();
  const source = positionals[0] ?? process.env.ROOM_SERVER ?? "http://localhost:8080";
  const offer = parsed(await textFrom(source, values.token ?? process.env.ROOM_TOKEN), source);
  const plugins = offer.modules.filter((plugin) => !BUILT_IN.has(plugin?.name));
  if (plugins.length === 0) process.stdout.write(`${source} offers nothing but what the SDK has.\n`);
  for (const plugin of plugins) {
    const source = bindingsOf(plugin); // before anything is written: a description may be refused
    const file = path.join(FOLDER, `${plugin.name}.ts`);
    await mkdir(path.join(directory, FOLDER), { recursive: true });
    await writeFile(path.join(directory, file), source);
    process.stdout.write(`wrote ${file}\n`);
  }
}

async function textFrom(source, token) {
  if (!/^https?:/.test(source)) {
    const text = await readFile(source, "utf8").catch((error) => {
      if (error.code === "ENOENT") return null;
      if (error.code === "EISDIR") throw new UserError(`'${source}' is a folder.`);
      throw error;
    });
    if (text === null) throw new UserError(`There is no file '${source}'. The address of a server begins with http:// or https://.`);
    return text;
  }
  if (!URL.canParse(source)) throw new UserError(`'${source}' is no address of a server. It looks like http://localhost:8080.`);
  const address = new URL(source);
  if (address.pathname === "/") address.pathname = "/api/functions";
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  let response;
  try {
    response = await fetch(address, { headers });
  } catch (error) {
    throw new UserError(`No answer from ${address}: ${error.cause?.message || error.cause?.code || error.message}`);
  }
  if (!response.ok) throw new UserError(`${address} says nothing of its functions: ${await reasonOf(response)}`);
  return response.text().catch(({ message }) => {
    throw new UserError(`The answer of ${address} broke off: ${message}`);
  });
}

function parsed(text, source) {
  const offer = objectIn(text, source);
  if (!Array.isArray(offer.modules)) throw new UserError(`What ${source} holds describes no host functions.`);
  if (offer.abi !== ABI) throw new UserError(`${source} speaks guest ABI ${offer.abi}; this SDK speaks ${ABI}.`);
  return offer;
}
