/** Does again what a server has recorded of a room, and says where the result differs. */
import { createHash } from "node:crypto";
import { withCappedMemory } from "./capped-memory.js";
import { FailureCode, HookEnd, HookFailure, HostFunctionError } from "./errors.js";
import { withExportedGlobals } from "./exported-globals.js";
import { Guest } from "./guest.js";
import { SourcePositions } from "./source-positions.js";

/** Much more than on a server: what is slow here is the machine, or a module that has changed. */
const TIME = 10_000;
/** Of what had no time left on its server, and would have none here. */
const TIME_FOR_ENDLESS = 250;
const GLOBAL_BYTES = 8;
const ENDS = {
  [FailureCode.trapped]: "trapped", [FailureCode.deadline]: "deadline", [FailureCode.memory]: "memory",
  [FailureCode.quota]: "quota", [FailureCode.abi]: "abi",
};
const CODES = Object.fromEntries(Object.entries(ENDS).map(([code, end]) => [end, Number(code)]));

/**
 * @typedef {{file: string, line: number, column: number}} Position
 * @typedef {{function: string, request: Uint8Array}} Call
 * @typedef {{where: string, expected: Call | string, actual: Call | string, position: Position | null}} Difference
 * @typedef {{result: "same"} | {result: "differs", difference: Difference} | {result: "unrepeatable", why: string} |
 *   {result: "skipped", why: string}} Shown
 * @typedef {{number: number, hook: import("./recording.js").RecordedHook, failure: HookFailure | null} & Shown} ReplayedHook
 *   `failure` is how it failed now, if it did, with the position in its source
 */

/**
 * Replays a recording hook by hook; the recording answers what the room asks of its host. After a hook that differs, the
 * room's memory is not what it was: the replay goes on with the next hook that begins in a memory that is known.
 *
 * @param {import("./recording.js").Recording} recording
 * @param {(digest: string) => {wasm: Uint8Array, sourceMap?: string}} modules gives what takes the place of a recorded
 *   module: the one of that digest, or another, to see what it does
 * @returns {Generator<ReplayedHook>}
 * @throws {Error} when a module is not one that a host would load
 */
export function* replay(recording, modules) {
  const replayed = new Map();
  let number = 0;
  for (const hook of recording.hooks) {
    if (!replayed.has(hook.module)) replayed.set(hook.module, new ReplayedModule(hook.module, modules(hook.module.digest)));
    number += 1;
    yield { number, hook, failure: null, ...replayed.get(hook.module).replay(hook) };
  }
}

/** The module that takes the place of a recorded one, and the room's instance of it. */
class ReplayedModule {
  #module;
  #globals;
  #positions;
  #limits;
  #isTheRecordedOne;
  /** @type {Guest | null} */
  #guest = null;

  constructor({ digest, memoryPages, requestBytes }, { wasm, sourceMap }) {
    const capped = withCappedMemory(wasm, memoryPages);
    const exported = withExportedGlobals(capped.wasm);
    this.#module = new WebAssembly.Module(exported.wasm);
    this.#globals = exported.globals;
    this.#positions = sourceMap === undefined ? null : new SourcePositions(wasm, sourceMap, capped.shift + exported.shift);
    this.#limits = { memoryPages, requestBytes, time: TIME };
    this.#isTheRecordedOne = createHash("sha256").update(wasm).digest("hex") === digest;
  }

  replay(hook) {
    const ofMemory = this.#memoryDifference(hook);
    if (ofMemory) {
      this.#guest = null;
      return { result: "differs", difference: ofMemory };
    }
    if (!this.#prepare(hook)) {
      return { result: "skipped", why: this.#isTheRecordedOne ? "its memory is not known after what is before it" : "its memory is that of another module" };
    }
    let shown = { result: "same" };
    for (const run of hook.runs) {
      shown = this.#run(run);
      if (shown.result !== "same") break;
    }
    if (shown.result !== "same" || ["failed", "again", "not committed"].includes(hook.outcome)) this.#guest = null;
    return shown;
  }

  /** What the memory is before a hook can be compared where the recording tells it. */
  #memoryDifference({ isFresh, missed, image }) {
    if (isFresh || missed > 0 || image === null || this.#guest === null || !this.#isTheRecordedOne || this.#globals === null) return null;
    const [expected, actual] = [image(), this.#guest.state(this.#globals)];
    const differs = (wanted, is) => ({ where: "the memory before it", expected: wanted, actual: is, position: null });
    if (expected.memory.length !== actual.memory.length) {
      return differs(`${expected.memory.length} bytes`, `${actual.memory.length} bytes`);
    }
    const global = mismatch(expected.globals, actual.globals);
    if (global >= 0) return differs("other globals", `mutable global ${Math.floor(global / GLOBAL_BYTES)} differs`);
    const address = mismatch(expected.memory, actual.memory);
    return address < 0 ? null : differs(`${expected.memory[address]} at address ${address}`, `${actual.memory[address]}`);
  }

  /** Whether there is an instance in the state that the hook began in. */
  #prepare({ isFresh, missed, image }) {
    if (missed > 0) this.#guest = null;
    if (isFresh) this.#guest = this.#fresh();
    else if (this.#guest === null && image !== null && this.#isTheRecordedOne && this.#globals !== null) {
      this.#guest = this.#fresh();
      this.#guest.become(image(), this.#globals);
    }
    return this.#guest !== null;
  }

  #fresh() {
    return new Guest(this.#module, () => true, this.#positions, this.#limits);
  }

  #run(run) {
    const answers = new RecordedAnswers(run, this.#positions);
    if (!WebAssembly.Module.exports(this.#module).some(({ name, kind }) => name === run.hook && kind === "function")) {
      return differing(run.hook, "a run of it", "the module does not export it");
    }
    let end;
    let failure = null;
    try {
      end = this.#guest.run(run.hook, run.event, answers) ? "returned" : "refused";
    } catch (error) {
      if (!(error instanceof HookFailure)) throw error;
      failure = error;
      end = ENDS[error.code] ?? "host";
    }
    return { ...shownBy(run, answers, end, failure), failure: answers.difference || answers.goesOn ? null : failure };
  }
}

function shownBy(run, answers, end, failure) {
  if (answers.difference) return { result: "differs", difference: answers.difference };
  const position = failure?.position ?? null;
  if (answers.missing) {
    return differing(answers.place, { function: answers.missing.function, request: answers.missing.request }, words(end, failure?.reason), position);
  }
  if (answers.goesOn || (!run.isRepeatable && end !== run.end)) {
    return { result: "unrepeatable", why: `${run.hook} was ${words(run.end, run.message)}, which cannot be repeated; all before that is the same` };
  }
  return end === run.end || run.calls.at(-1)?.ended ? { result: "same" }
    : differing(run.hook, words(run.end, run.message), words(end, failure?.reason), position);
}

function differing(where, expected, actual, position = null) {
  return { result: "differs", difference: { where, expected, actual, position } };
}

const WORDS = {
  returned: "an end without a fault", refused: "a refusal", trapped: "a trap", deadline: "the end of its time",
  memory: "a lack of memory", quota: "the end of a quota", abi: "a breach of the ABI", host: "a failure of the host",
};

function words(end, message) {
  return message ? `${WORDS[end]} (${message})` : WORDS[end];
}

/** Answers the calls of one run as they were answered before, as long as they are the same. */
class RecordedAnswers {
  hook = "";
  /** What was called instead of what was recorded. @type {Difference | null} */
  difference = null;
  /** Whether it has called more than was recorded of a run that somebody else ended. */
  goesOn = false;

  #run;
  #positions;
  #next = 0;
  #until;

  constructor(run, positions) {
    this.#run = run;
    this.#positions = positions;
    this.#until = performance.now() + (run.isRepeatable ? TIME : TIME_FOR_ENDLESS);
  }

  get remaining() {
    return this.#until - performance.now();
  }

  /** The recorded call that has not come, if there is one. */
  get missing() {
    return this.#run.calls[this.#next];
  }

  /** Where the next call is. */
  get place() {
    return `${this.#run.hook}, call ${this.#next + 1}`;
  }

  serve(title, request, response) {
    const { response: content, error } = this.#expect(title, request.rest());
    if (error) throw new HostFunctionError(error.code, error.message);
    if (content) response.raw(content);
    else throw new HookEnd(CODES[this.#run.end] ?? FailureCode.trapped, this.#run.message);
  }

  /** `sandbox.abort` ends the hook by itself. */
  aborts(request) {
    this.#expect("sandbox.abort", request);
  }

  #expect(title, request) {
    const expected = this.missing;
    if (expected === undefined && !this.#run.isRepeatable) {
      this.goesOn = true;
      throw new HookEnd(FailureCode.abi, "the replay ends here");
    }
    if (expected === undefined || expected.function !== title || mismatch(expected.request, request) >= 0) {
      this.difference = {
        where: this.place,
        expected: expected === undefined ? "that it makes no more calls" : { function: expected.function, request: expected.request },
        actual: { function: title, request },
        position: this.#positions?.ofProgramIn(new Error().stack) ?? null,
      };
      throw new HookEnd(FailureCode.abi, "the replay ends here");
    }
    this.#next += 1;
    return expected;
  }
}

/** Where two arrays differ first; -1 if they do not. */
function mismatch(one, other) {
  const length = Math.max(one.length, other.length);
  for (let at = 0; at < length; at++) {
    if (one[at] !== other[at]) return at;
  }
  return -1;
}
