import { event, requireEvent } from "./event";

/** Random numbers that the event decides: the same event gives the same numbers, another event gives others. */
export abstract class random {
  /** A number from 0 up to, but not including, 1. */
  static next(): f64 {
    // The upper 53 bits are as many as an f64 holds exactly.
    return <f64>(nextBits() >> 11) * (1.0 / 9007199254740992.0);
  }

  /** A whole number from 0 up to, but not including, `bound`, which must be positive. */
  static below(bound: i32): i32 {
    assert(bound > 0, "random.below needs a positive bound");
    return <i32>(random.next() * bound);
  }
}

/** SplitMix64: the event's seed is its state, since a seed serves one event only. */
function nextBits(): u64 {
  requireEvent();
  event.seed += 0x9e3779b97f4a7c15;
  let bits = event.seed;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}
