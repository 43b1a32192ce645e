package org.cloudramp.sandbox.api.kv;

import java.time.Instant;
import java.util.Set;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * Which timers are wanted.
 *
 * @param now what time it is: timers whose time has come by then
 * @param until until when they are this process's, and given to nobody else
 * @param most how many at most; positive
 * @param perService how many of one service at most; positive
 * @param except services of which none is wanted
 */
@Experimental
public record TimerClaim(
    Instant now, Instant until, int most, int perService, Set<ServiceId> except) {
  /**
   * Copies the set.
   *
   * @throws IllegalArgumentException if a number is not positive, or {@code until} is not after
   *     {@code now}
   */
  public TimerClaim {
    except = Set.copyOf(except);
    if (most < 1 || perService < 1) {
      throw new IllegalArgumentException("a claim of %d, %d timers".formatted(most, perService));
    }
    if (!until.isAfter(now)) {
      throw new IllegalArgumentException("a claim that ends at %s, at %s".formatted(until, now));
    }
  }
}
