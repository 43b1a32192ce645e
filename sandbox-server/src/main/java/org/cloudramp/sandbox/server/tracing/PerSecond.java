package org.cloudramp.sandbox.server.tracing;

import java.time.Duration;
import java.util.function.LongSupplier;

/** So many a second, and no more. Thread-safe. */
final class PerSecond {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final int most;
  private final LongSupplier ticker;

  // Guarded by this.
  private long begin;
  private int taken;

  /**
   * @param ticker nanoseconds, as {@link System#nanoTime}
   */
  PerSecond(int most, LongSupplier ticker) {
    this.most = most;
    this.ticker = ticker;
    this.begin = ticker.getAsLong();
  }

  /** Whether there is one left of this second. */
  synchronized boolean take() {
    long now = ticker.getAsLong();
    if (now - begin >= SECOND) {
      begin = now;
      taken = 0;
    }
    return taken < most && taken++ < most;
  }
}
