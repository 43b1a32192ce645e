import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { builtModule } from "../testing/built-module.js";
import { loadRecording, MAX_RECORDING_BYTES, readRecording, RecordingError } from "../testing/recording.js";
import { replay as replayed } from "../testing/replay.js";
import { inert } from "./inert.js";
import { ROOM_ID } from "./project.js";
import { linesOf } from "./replay-lines.js";
import { Server, SERVER_OPTIONS } from "./server.js";
import { UserError } from "./user-error.js";

/** No server takes a larger module. */
const MAX_MODULE_BYTES = 64 << 20;

const OPTIONS = { ...SERVER_OPTIONS, save: { type: "string" }, from: { type: "string" }, quiet: { type: "boolean" } };

/** `room replay [room] [module] [--save …] [--from …] [--quiet] [--server …] [--service …] [--token …]` */
export async function replay(words) {
  const { values, positionals } = parseArgs({ args: words, allowPositionals: true, options: OPTIONS });
  const { recording, file } = await recordingFor(values, positionals);
  const modules = new Map();
  for (const { module: { digest } } of recording.hooks) {
    if (!modules.has(digest)) modules.set(digest, await moduleFor(digest, file, values, recording));
  }
  const counts = { same: 0, differs: 0, unrepeatable: 0, skipped: 0 };
  try {
    for (const hook of replayed(recording, (digest) => modules.get(digest))) {
      counts[hook.result] += 1;
      if (!values.quiet || hook.result === "differs") process.stdout.write(`${linesOf(hook).map(inert).join("\n")}\n`);
    }
  } catch (error) {
    if (error instanceof RecordingError) throw new UserError(inert(error.message));
    throw error;
  }
  process.stdout.write(`${inert(summary(recording, counts))}\n`);
  if (counts.differs > 0 || counts.same === 0) process.exitCode = 1;
}

async function recordingFor(values, positionals) {
  const isKept = values.from !== undefined;
  const [room, file, ...more] = isKept ? [undefined, ...positionals] : positionals;
  if (more.length > 0) throw new UserError("A replay is of one room, and with one module.");
  if (isKept) return { recording: understood(() => loadRecording(values.from)), file };
  if (room === undefined) throw new UserError("Say of which room: 'room replay lobby'. Or say '--from <file>' with a recording that was kept.");
  if (!ROOM_ID.test(room)) {
    throw new UserError("That cannot be the name of a room: use letters, digits, '.', '_' and '-', at most 128.");
  }
  const server = await Server.of(values);
  const fetched = await server.fetch(`/rooms/${room}/recording`, MAX_RECORDING_BYTES);
  if (values.save !== undefined) await writeFile(values.save, fetched, { mode: 0o600 }); // it holds what users have said
  return { recording: understood(() => readRecording(fetched)), file };
}

function understood(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof RecordingError) throw new UserError(inert(error.message));
    throw error;
  }
}

/** The module at hand, if it is the one that was recorded or the one that was asked for; or else the server's. */
async function moduleFor(digest, file, values, recording) {
  if (file !== undefined) return { wasm: await readFile(file), sourceMap: await mapOf(file) };
  const built = pathOfBuilt();
  const own = built === undefined ? undefined : await readFile(built).catch(() => undefined);
  if (own !== undefined && digestOf(own) === digest) return { wasm: own, sourceMap: await mapOf(built) };
  const server = await Server.of({ ...values, service: values.service ?? recording.service });
  const wasm = await server.fetch(`/versions/${digest}`, MAX_MODULE_BYTES);
  if (digestOf(wasm) !== digest) throw new UserError(`${server.address} gives another module than the one that was recorded.`);
  return { wasm, sourceMap: await server.sourceMap(digest, MAX_MODULE_BYTES) };
}

function pathOfBuilt() {
  try {
    return path.resolve(builtModule());
  } catch {
    return undefined; // what is wrong with the project does not matter to a recording
  }
}

function mapOf(file) {
  return readFile(`${file}.map`, "utf8").catch(() => undefined);
}

function digestOf(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

function summary({ service, room, hooks }, { same, differs, unrepeatable, skipped }) {
  const more = [
    [differs, "did something else"], [unrepeatable, "ended by what cannot be repeated"], [skipped, "could not be run: their memory is not known"],
  ].filter(([count]) => count > 0).map(([count, what]) => `; ${count} ${what}`);
  return `'${service}', room '${room}': ${same} of ${hooks.length} hooks did the same${more.join("")}`;
}
