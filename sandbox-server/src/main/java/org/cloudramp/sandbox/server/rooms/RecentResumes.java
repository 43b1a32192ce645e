package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;

/**
 * When one session was resumed of late: at most {@link #MOST} times within {@link #PERIOD}, however
 * these lie. Thread-safe.
 */
final class RecentResumes {
  /** Often enough for a line that breaks all the time, and no load worth speaking of. */
  static final int MOST = 20;

  /** In that time. */
  static final Duration PERIOD = Duration.ofSeconds(10);

  // Guarded by this: the last resumes, of which the oldest is the next to be written over.
  private final long[] times = new long[MOST];
  private int next;
  private int count;

  /** Whether one more would be too many. */
  synchronized boolean isExhausted(long now) {
    return count == MOST && now - times[next] < PERIOD.toNanos();
  }

  /** Counts one, unless it is too many. */
  synchronized boolean tryAdd(long now) {
    if (isExhausted(now)) {
      return false;
    }
    times[next] = now;
    next = (next + 1) % MOST;
    count = Math.min(count + 1, MOST);
    return true;
  }
}
