package org.cloudramp.sandbox.server.loop;

import java.util.concurrent.atomic.LongAdder;

/**
 * What a loop has done since it began.
 *
 * @param turns of rooms that have run
 * @param takeovers turns that took so long that the loop went on without them
 * @param writes to sockets
 */
public record LoopStatistics(long turns, long takeovers, long writes) {
  /** Counts. Thread-safe. */
  static final class Counter {
    private final LongAdder turns = new LongAdder();
    private final LongAdder takeovers = new LongAdder();
    private final LongAdder writes = new LongAdder();

    void turn() {
      turns.increment();
    }

    void takeover() {
      takeovers.increment();
    }

    void write() {
      writes.increment();
    }

    LoopStatistics read() {
      return new LoopStatistics(turns.sum(), takeovers.sum(), writes.sum());
    }
  }
}
