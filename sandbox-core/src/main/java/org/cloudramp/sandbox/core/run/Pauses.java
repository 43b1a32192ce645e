package org.cloudramp.sandbox.core.run;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How long the whole process has stood still since it began, as a garbage collection or a machine
 * without a free processor makes it: a thread that sleeps for a moment again and again notices when
 * it sleeps for much longer. Thread-safe.
 */
public final class Pauses implements AutoCloseable {
  /** How long the thread sleeps at a time. */
  static final Duration STEP = Duration.ofMillis(20);

  /** What a thread may be late by on a machine that has something to do. */
  static final Duration TOLERANCE = Duration.ofMillis(20);

  private final LongSupplier ticker;
  private final AtomicLong total = new AtomicLong();
  private volatile long lastStep;
  private final Thread thread = new Thread(this::watch, "sandbox-pauses");

  /**
   * Nothing is watched yet.
   *
   * @param ticker nanoseconds, as {@link System#nanoTime}
   */
  public Pauses(LongSupplier ticker) {
    this.ticker = ticker;
    this.lastStep = ticker.getAsLong();
    thread.setDaemon(true);
  }

  /** Begins to watch. */
  public Pauses start() {
    lastStep = ticker.getAsLong();
    thread.start();
    return this;
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(STEP.toMillis());
        step();
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  /** The thread is awake. */
  void step() {
    long now = ticker.getAsLong();
    total.addAndGet(late(now));
    lastStep = now;
  }

  private long late(long now) {
    long late = now - lastStep - STEP.toNanos();
    return late > TOLERANCE.toNanos() ? late : 0;
  }

  /**
   * Nanoseconds of all pauses since the start, with the one that ends now.
   *
   * @param now by the ticker
   */
  long total(long now) {
    return total.get() + late(now);
  }

  /** Watches no more. Idempotent. */
  @Override
  public void close() {
    thread.interrupt();
  }
}
