import { ErrorCode, FailureCode, HookEnd, HostFunctionError } from "./errors.js";

const MIN_DELAY = 50n;
const MAX_DELAY = 36_525n * 86_400_000n;
const MAX_NAME_BYTES = 128;
const MAX_RETRIES = 6;

/** @typedef {{name: string, due: number, attempt: number, fires: number}} Timer times are milliseconds since 1970 */

/** The timers that are set in a room. */
export class MockTimers {
  /** @type {Map<string, Timer>} */
  #set = new Map();

  /** How many are set. */
  get size() {
    return this.#set.size;
  }

  /** When the timer of that name is due, in milliseconds since 1970; null when there is none. */
  due(name) {
    return this.#set.get(name)?.due ?? null;
  }

  /** The names of all, the soonest first. */
  get names() {
    return this.#inOrder().map(({ name }) => name);
  }

  /** @internal the one that is to be tried next, by then; undefined when there is none */
  next(time) {
    const [first] = this.#inOrder();
    return first && first.fires <= time ? first : undefined;
  }

  /** @internal */
  set(name, due) {
    this.#set.delete(name); // so that of those that are due together the one that was set first is first
    this.#set.set(name, { name, due, attempt: 0, fires: due });
  }

  /** @internal */
  cancel(name) {
    this.#set.delete(name);
  }

  /** @internal */
  has(name) {
    return this.#set.has(name);
  }

  /** @internal the hook of a timer has ended; the timer may have been set anew by it */
  answered(timer) {
    if (this.#set.get(timer.name) === timer) this.#set.delete(timer.name);
  }

  /** @internal the hook of a timer has failed: it is tried again after 2, 4, … 64 s; true when it is dropped */
  failed(timer, time) {
    if (this.#set.get(timer.name) !== timer) return false;
    if (timer.attempt === MAX_RETRIES) return this.#set.delete(timer.name);
    timer.attempt += 1;
    timer.fires = time + 1_000 * 2 ** timer.attempt;
    return false;
  }

  #inOrder() {
    return [...this.#set.values()].sort((one, other) => one.fires - other.fires);
  }
}

/** What one hook sets and cancels; it takes effect at {@link commit}. */
export class TimerTransaction {
  #timers;
  #answered;
  #now;
  #most;
  /** @type {Map<string, number | null>} when each is due; null for one that is cancelled */
  #writes = new Map();

  /**
   * @param {MockTimers} timers
   * @param {string | null} answered the name of the timer that the hook answers
   * @param {number} now milliseconds since 1970
   * @param {typeof import("./limits.js").LIMITS} limits
   */
  constructor(timers, answered, now, limits) {
    this.#timers = timers;
    this.#answered = answered;
    this.#now = Math.trunc(now);
    this.#most = limits.timers;
  }

  /** @param {bigint} delay in milliseconds */
  set(name, delay) {
    requireName(name);
    if (delay > MAX_DELAY) throw new HostFunctionError(ErrorCode.badRequest, `a delay of ${delay} ms is longer than 36525 days`);
    this.#write(name, this.#now + Number(delay < MIN_DELAY ? MIN_DELAY : delay));
  }

  cancel(name) {
    requireName(name);
    this.#write(name, null);
  }

  #write(name, due) {
    if (!this.#writes.has(name) && this.#writes.size >= 2 * this.#most) {
      throw new HostFunctionError(ErrorCode.limit,
        `a room may have ${this.#most} timers (limits.timers), and a hook may set and cancel twice as many`);
    }
    this.#writes.set(name, due);
  }

  /** @throws {HookEnd} when the room would have more than it may */
  check() {
    const isThere = (name) => name !== this.#answered && this.#timers.has(name);
    let growth = this.#answered === null ? 0 : -1;
    for (const [name, due] of this.#writes) growth += (due === null ? 0 : 1) - (isThere(name) ? 1 : 0);
    const timers = this.#timers.size + growth;
    if (growth > 0 && timers > this.#most) {
      throw new HookEnd(FailureCode.quota,
        `the room would have ${timers} timers, and limits.timers allows ${this.#most}; cancel some, or let one timer stand for several`);
    }
  }

  commit() {
    if (this.#answered !== null) this.#timers.cancel(this.#answered);
    for (const [name, due] of this.#writes) {
      if (due === null) this.#timers.cancel(name);
      else this.#timers.set(name, due);
    }
  }
}

function requireName(name) {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > MAX_NAME_BYTES) {
    throw new HostFunctionError(ErrorCode.badRequest, `the name of a timer has 1 to ${MAX_NAME_BYTES} bytes`);
  }
}
