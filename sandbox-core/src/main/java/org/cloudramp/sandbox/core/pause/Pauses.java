package org.cloudramp.sandbox.core.pause;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How long the whole process has stood still since it began, as a garbage collection or a machine
 * without a free processor makes it: a thread that sleeps for a moment again and again notices when
 * it sleeps for much longer, and the collectors say what they have taken, which may be less than
 * that. Thread-safe.
 */
public final class Pauses implements AutoCloseable {
  /** How long the thread sleeps at a time. */
  static final Duration STEP = Duration.ofMillis(20);

  /** What a thread may be late by on a machine that has something to do. */
  static final Duration TOLERANCE = Duration.ofMillis(20);

  /** What takes no longer than this was no pause, and none is looked for in it. */
  private static final long SHORT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final LongSupplier ticker;
  private final LongSupplier collections;
  private final AtomicLong total = new AtomicLong();

  /** Nobody sleeps before the first step, so nobody is late. */
  private volatile boolean watches;

  private volatile long lastStep;
  private volatile long lastCollections;
  private final Thread thread = new Thread(this::watch, "sandbox-pauses");

  /**
   * Nothing is watched yet, and there are no pauses.
   *
   * @param ticker nanoseconds, as {@link System#nanoTime}
   * @param collections nanoseconds in which collectors have stopped the process since it began; see
   *     {@link #collections()}
   */
  public Pauses(LongSupplier ticker, LongSupplier collections) {
    this.ticker = ticker;
    this.collections = collections;
    thread.setDaemon(true);
  }

  /** What the collectors of this JVM say, in whole milliseconds each. */
  public static LongSupplier collections() {
    List<GarbageCollectorMXBean> stopping =
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .filter(Pauses::countsPauses)
            .toList();
    return () ->
        TimeUnit.MILLISECONDS.toNanos(
            stopping.stream().mapToLong(bean -> Math.max(0, bean.getCollectionTime())).sum());
  }

  /**
   * Of ZGC and Shenandoah one bean counts the cycles, in which the process runs on, and another the
   * pauses.
   */
  private static boolean countsPauses(GarbageCollectorMXBean bean) {
    return !bean.getName().endsWith("Cycles");
  }

  /** Begins to watch. */
  public Pauses start() {
    begin();
    thread.start();
    return this;
  }

  void begin() {
    lastStep = ticker.getAsLong();
    lastCollections = collections.getAsLong();
    watches = true;
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
    long collected = collections.getAsLong();
    total.addAndGet(Math.max(late(now), collected - lastCollections));
    lastStep = now;
    lastCollections = collected;
  }

  private long late(long now) {
    long late = now - lastStep - STEP.toNanos();
    return watches && late > TOLERANCE.toNanos() ? late : 0;
  }

  /**
   * Nanoseconds of all pauses since the start; a collection of the last few milliseconds may not be
   * among them yet. Cheap, for whoever begins something.
   *
   * @param now by the ticker
   */
  public long before(long now) {
    return total.get() + late(now);
  }

  /**
   * Nanoseconds of all pauses since the start, with the one that ends now. Takes about a
   * microsecond.
   *
   * @param now by the ticker
   */
  public long total(long now) {
    return total.get()
        + Math.max(late(now), watches ? collections.getAsLong() - lastCollections : 0);
  }

  /**
   * How long something took without the pauses in it; cheap for what was short.
   *
   * @param begin by the ticker, and {@code end} as well
   * @param before what {@link #before} said when it began
   */
  public long without(long begin, long before, long end) {
    long elapsed = end - begin;
    return elapsed <= SHORT_NANOS ? elapsed : Math.max(0, elapsed - (total(end) - before));
  }

  /** Watches no more. Idempotent. */
  @Override
  public void close() {
    thread.interrupt();
  }
}
