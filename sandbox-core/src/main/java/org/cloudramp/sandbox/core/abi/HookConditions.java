package org.cloudramp.sandbox.core.abi;

import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a hook is told of the world besides its input. A hook that is run again with the same input,
 * the same conditions and the same answers of the host does the same.
 *
 * @param time when the call's turn came, the same throughout the hook and for every attempt
 * @param seed of the guest's random numbers
 */
public record HookConditions(Instant time, long seed) {
  /** The time of a clock, and a new seed. */
  public static HookConditions now(Clock clock) {
    return new HookConditions(clock.instant(), ThreadLocalRandom.current().nextLong());
  }
}
