import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import { Guest } from "../testing/guest.js";
import { HostFunctionError } from "../testing/errors.js";
import { withExportedGlobals } from "../testing/exported-globals.js";
import { Writer } from "../testing/wire.js";

const MAGIC = Uint8Array.of(0x89, 0x52, 0x4f, 0x4f, 0x4d, 0x0d, 0x0a, 0x1a);
const ENDS = { returned: 0, refused: 1, trapped: 2, deadline: 3 };
const OUTCOMES = { completed: 0, refused: 1, failed: 2 };

/** What a server would record of a room that keeps its memory, from `skip` hooks after its beginning on. */
export function recordingOf(wasm, events, { answers = {}, skip = 0, service = "test", room = "lobby", imageOf = -1 } = {}) {
  const { wasm: exported, globals } = withExportedGlobals(wasm);
  const module = new WebAssembly.Module(exported);
  const functions = WebAssembly.Module.imports(module).map((each) => `${each.module}.${each.name}`);
  let guest = null;
  const items = [item(1, (to) => to.string(createHash("sha256").update(wasm).digest("hex")).u32(256).u32(1 << 20).bool(true)
    .list(functions, (writer, name) => writer.string(name)))];
  let count = 0;
  events.forEach((event, number) => {
    const isFresh = guest === null;
    guest ??= new Guest(module, () => true, null, { memoryPages: 256, requestBytes: 1 << 20, time: 2_000 });
    const isFirst = number === skip && !isFresh;
    const image = isFirst || number === imageOf ? guest.state(globals) : null;
    const runs = [...(isFresh ? [{ hook: "onStart", fields: (to) => to.bool(false) }] : []), event]
      .filter(({ hook }) => WebAssembly.Module.exports(module).some(({ name }) => name === hook))
      .map((run) => ran(guest, run, number, { answers, service, room, functions }));
    const failed = runs.some(({ end }) => end === "trapped");
    if (failed) guest = null;
    if (number < skip) return;
    if (image) items.push(item(3, (to) => to.bytes(image.globals).u32(image.memory.length / 65_536).bytes(deflateSync(image.memory))));
    items.push(item(4, (to) => to.bool(isFresh).list(runs, (writer, run) => write(writer, run))
      .u8(failed ? OUTCOMES.failed : OUTCOMES.completed).string("")));
    count += 1;
  });
  items.push(item(0, (to) => to.u32(count)));
  const head = new Writer().raw(MAGIC).u32(1).string(service).string(room).i64(1_700_000_000_000);
  return items.reduce((writer, each) => writer.raw(each), head).written();
}

function item(kind, write) {
  const content = new Writer();
  write(content);
  return new Writer().u8(kind).bytes(content.written()).written();
}

function ran(guest, { hook, fields }, number, { answers, service, room, functions }) {
  const event = new Writer().string(service).string(room).i64(1_700_000_000_000 + number).u64(BigInt(number));
  fields(event);
  const calls = [];
  const run = {
    hook, remaining: 2_000,
    serve(title, request, response) {
      const call = { function: functions.indexOf(title), request: request.rest() };
      calls.push(call);
      const answer = answers[title];
      try {
        answer?.(response);
      } catch (error) {
        if (!(error instanceof HostFunctionError)) throw error;
        call.error = error;
        throw error;
      }
      call.response = response.written();
    },
    aborts(request) { calls.push({ function: functions.indexOf("sandbox.abort"), request }); },
  };
  let end = "trapped";
  try {
    end = guest.run(hook, event.written(), run) ? "returned" : "refused";
  } catch (error) {
    if (error.name !== "HookFailure") throw error;
  }
  return { hook, event: event.written(), calls, end };
}

function write(to, { hook, event, calls, end }) {
  to.string(hook).bytes(event).list(calls, (writer, call) => {
    writer.u32(call.function).bytes(call.request);
    if (call.error) writer.u8(1).i32(call.error.code).string(call.error.message);
    else if (call.response) writer.u8(0).bytes(call.response);
    else writer.u8(2);
  }).u8(ENDS[end]).string("");
}
