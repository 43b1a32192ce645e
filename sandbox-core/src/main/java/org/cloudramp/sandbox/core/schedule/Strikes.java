package org.cloudramp.sandbox.core.schedule;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How often somebody has overstayed their time on a loop, and for how long they are out for it: 10
 * ms, and four times as long for each strike more, at most 10 s. A strike is forgotten after ten
 * seconds, because the clock that found it also runs while the machine gives the thread no time.
 * Thread-safe.
 */
final class Strikes {
  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int FACTOR = 4;

  private final int tolerated;

  /** Read without a lock for those, almost all, that have none. */
  private volatile int count;

  // Written under the lock.
  private long last;
  private volatile long outUntil;

  /**
   * @param tolerated so many at a time have no consequence
   */
  Strikes(int tolerated) {
    this.tolerated = tolerated;
  }

  /** One more. */
  synchronized void add(long now) {
    int kept = count == 0 ? 0 : (int) Math.max(0, count - (now - last) / FORGOTTEN_NANOS);
    count = kept + 1;
    last = now;
    int counted = count - tolerated;
    if (counted > 0) {
      long nanos = FIRST_NANOS;
      for (int i = 1; i < counted && nanos < MOST_NANOS; i++) {
        nanos *= FACTOR;
      }
      outUntil = now + Math.min(nanos, MOST_NANOS);
    }
  }

  /** Whether they are out now. */
  boolean isOut(LongSupplier ticker) {
    return count > tolerated && outUntil - ticker.getAsLong() > 0;
  }
}
