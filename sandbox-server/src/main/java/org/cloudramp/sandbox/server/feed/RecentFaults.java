package org.cloudramp.sandbox.server.feed;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What has gone wrong in one service of late, and how much of it may be told within a minute. Not
 * thread-safe.
 */
final class RecentFaults {
  /** Faults, rests and their ends that are kept; the oldest makes room. */
  static final int MAX_KEPT = 50;

  /** Faults that are told within a minute: whoever fails more often fails in the same way. */
  static final int MAX_PER_MINUTE = 600;

  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private final LongSupplier ticker;
  private final ArrayDeque<FeedEvent> kept = new ArrayDeque<>();
  private long endOfMinute;
  private int inMinute;
  private long omitted;

  RecentFaults(LongSupplier ticker) {
    this.ticker = ticker;
    this.endOfMinute = ticker.getAsLong() + MINUTE;
  }

  /** Whether another fault is to be told; one that is not is counted. */
  boolean admits() {
    long now = ticker.getAsLong();
    if (now - endOfMinute >= 0) {
      endOfMinute = now + MINUTE;
      inMinute = 0;
    }
    if (inMinute >= MAX_PER_MINUTE) {
      omitted++;
      return false;
    }
    inMinute++;
    return true;
  }

  /** How many were left out since this was asked last. */
  long takeOmitted() {
    long taken = omitted;
    omitted = 0;
    return taken;
  }

  void add(FeedEvent event) {
    if (kept.size() == MAX_KEPT) {
      kept.remove();
    }
    kept.add(event);
  }

  /** The oldest first. */
  List<FeedEvent> all() {
    return List.copyOf(kept);
  }
}
