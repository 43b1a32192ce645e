package org.cloudramp.sandbox.core.schedule;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How often somebody has overstayed their time on a loop, and for how long they are out for it: 10
 * ms, and four times as long for each strike more, at most 10 s. A strike is forgotten after ten
 * seconds: the clock that found it runs on while the machine does something else. Thread-safe.
 */
final class Strikes {
  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int FACTOR = 4;

  /** Read without a lock for those, almost all, that have none. */
  private volatile int count;

  private volatile long outUntil;

  /** When the last one came. Guarded by this. */
  private long last;

  /** One more. */
  synchronized void add(long now) {
    int kept = count == 0 ? 0 : (int) Math.max(0, count - (now - last) / FORGOTTEN_NANOS);
    count = kept + 1;
    last = now;
    long nanos = FIRST_NANOS;
    for (int i = 1; i < count && nanos < MOST_NANOS; i++) {
      nanos *= FACTOR;
    }
    outUntil = now + Math.min(nanos, MOST_NANOS);
  }

  /** Whether they are out now. */
  boolean isOut(LongSupplier ticker) {
    return count > 0 && outUntil - ticker.getAsLong() > 0;
  }
}
