package org.cloudramp.sandbox.core.schedule;

import java.util.concurrent.TimeUnit;

/**
 * How long the turns of a service take of late: a moving average. Thread-safe; of turns that end at
 * the same time one may go uncounted.
 */
final class TurnTime {
  /** A worker costs some tens of microseconds: who takes several times as long loses little. */
  private static final long LONG_NANOS = TimeUnit.MICROSECONDS.toNanos(400);

  /** Between the two, turns stay where they are. */
  private static final long SHORT_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  /** One turn counts so much more than it was longer: a pause of the machine must not. */
  private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final int WEIGHT = 8;

  /** Fewer than that say nothing: those who join a new room are let in by then. */
  private static final int KNOWN_TURNS = 64;

  /** Nobody knows yet: long, until some have shown to be short. */
  private volatile long average = LONG_NANOS;

  private volatile boolean isShort;

  /** How many have shown how long they take, up to the number that says something. */
  private volatile int seen;

  void add(long nanos) {
    long counted = Math.min(nanos, MOST_NANOS);
    long now = average + (counted - average) / WEIGHT;
    average = now;
    int before = seen;
    if (isShort) {
      isShort = now <= LONG_NANOS;
    } else if (before < KNOWN_TURNS) {
      seen = before + 1;
    } else {
      isShort = now < SHORT_NANOS;
    }
  }

  /** One has held up a loop: until others have shown to be short, they are long. */
  void overstayed() {
    average = Math.max(average, LONG_NANOS);
    seen = 0;
    isShort = false;
  }

  /** Whether they take so little that they may run where others wait for them. */
  boolean isShort() {
    return isShort;
  }
}
