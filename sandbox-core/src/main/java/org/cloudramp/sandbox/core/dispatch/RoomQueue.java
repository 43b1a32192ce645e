package org.cloudramp.sandbox.core.dispatch;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The calls of one room: one runs, others wait in the order in which they came. Thread-safe. */
final class RoomQueue {
  /** What became of an offered run. */
  enum Offer {
    /** Nothing else runs: the caller must begin it. */
    BEGIN,
    /** It waits for its turn. */
    WAIT,
    /** Too many wait already. */
    FULL,
    /** The queue has run empty and is no longer used: the room needs a new one. */
    RETIRED
  }

  private final int capacity;
  private final ArrayDeque<HookRun> waiting = new ArrayDeque<>();
  private boolean running;
  private boolean retired;

  /** An empty queue in which {@code capacity} runs may wait besides the one that runs. */
  RoomQueue(int capacity) {
    this.capacity = capacity;
  }

  synchronized Offer offer(HookRun run) {
    if (retired) {
      return Offer.RETIRED;
    }
    if (!running) {
      running = true;
      return Offer.BEGIN;
    }
    if (waiting.size() >= capacity) {
      return Offer.FULL;
    }
    waiting.add(run);
    return Offer.WAIT;
  }

  /** The run that is to begin now that the one before it has ended; null retires the queue. */
  synchronized @Nullable HookRun next() {
    HookRun next = waiting.poll();
    retired = next == null;
    return next;
  }
}
