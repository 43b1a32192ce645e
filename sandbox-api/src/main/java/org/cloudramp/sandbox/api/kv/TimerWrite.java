package org.cloudramp.sandbox.api.kv;

import java.time.Instant;
import java.util.Optional;
import org.cloudramp.sandbox.api.Experimental;

/**
 * Sets or cancels one timer of a room.
 *
 * @param name of the timer, as {@link RoomTimer#isName} allows
 * @param due when it is to fire, instead of when it was to before; empty to cancel it, which is no
 *     error if it is not set
 */
@Experimental
public record TimerWrite(String name, Optional<Instant> due) {
  /**
   * @throws IllegalArgumentException if the name is not acceptable
   */
  public TimerWrite {
    RoomTimer.requireName(name);
  }

  /** Sets a timer. */
  public static TimerWrite set(String name, Instant due) {
    return new TimerWrite(name, Optional.of(due));
  }

  /** Cancels a timer. */
  public static TimerWrite cancel(String name) {
    return new TimerWrite(name, Optional.empty());
  }
}
