package org.cloudramp.sandbox.core.abi;

import java.time.Clock;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a hook is told of the world besides its input. A hook that is run again with the same input,
 * the same conditions and the same answers of the host does the same.
 *
 * @param time when the call's turn came, in milliseconds since 1970, the same throughout the hook
 *     and for every attempt
 * @param seed of the guest's random numbers
 * @param startSeed the same for the {@code onStart} before the hook
 */
public record HookConditions(long time, long seed, long startSeed) {
  /** The time of a clock, and new seeds. */
  public static HookConditions now(Clock clock) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return new HookConditions(clock.millis(), random.nextLong(), random.nextLong());
  }

  /**
   * Those of the {@code onStart} before the hook. It draws other numbers than the hook: a room that
   * keeps what it drew, such as a card that is face down, must not show it by the next dice.
   */
  public HookConditions ofStart() {
    return new HookConditions(time, startSeed, startSeed);
  }
}
