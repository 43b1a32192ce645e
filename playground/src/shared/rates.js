/** How often hooks run in a second, from counts that are taken now and then. */

export class Rates {
  #counts = new Map();
  #takenAt;
  #hooks = new Map();

  /** @param {{service: string, hooks: {hook: string, runs: number, failed: number, micros: number}[]}[]} services */
  take(services, now = performance.now()) {
    const seconds = this.#takenAt === undefined ? Infinity : Math.max(0.001, (now - this.#takenAt) / 1_000);
    const counts = new Map();
    const hooks = new Map();
    for (const { service, hooks: those } of services) {
      hooks.set(service, those.map((each) => {
        const key = `${service} ${each.hook}`;
        counts.set(key, each.runs);
        const before = this.#counts.get(key) ?? 0;
        // When the server has forgotten its counts and begun anew, all of them are new.
        const more = each.runs >= before ? each.runs - before : each.runs;
        return { ...each, perSecond: more / seconds };
      }));
    }
    this.#counts = counts;
    this.#hooks = hooks;
    this.#takenAt = now;
  }

  /** The hooks of a service that have run. */
  of(service) {
    return this.#hooks.get(service) ?? [];
  }

  /** Hooks of all services in a second. */
  all() {
    return [...this.#hooks.values()].flat().reduce((sum, { perSecond }) => sum + perSecond, 0);
  }
}

/** Microseconds, for people. */
export function timeOf(micros) {
  return micros < 1_000 ? `${Math.round(micros)} µs` : `${(micros / 1_000).toFixed(1)} ms`;
}
