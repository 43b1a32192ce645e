package org.cloudramp.sandbox.engine.wasmtime;

import io.github.kawamuray.wasmtime.Engine;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts up the engine's epoch, by which guests measure their time. Asleep while no guest runs.
 *
 * <p>It owns its handle of the engine and frees it when it ends: after the engine is closed and the
 * last call has returned.
 */
final class Ticker {
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(5);

  /** Ticks without a call after which it falls asleep: about a second. */
  private static final int IDLE_TICKS = 200;

  /** More ticks than anybody waits for, and few enough that no sum overflows. */
  private static final long MAX_TICKS = 1L << 40;

  private final Engine engine;
  private final AtomicInteger calls = new AtomicInteger();
  private final Thread thread = new Thread(this::run, "wasmtime-ticker");
  private volatile boolean asleep;
  private volatile boolean closed;

  private Ticker(Engine engine) {
    this.engine = engine;
  }

  static Ticker start(Engine engine) {
    Ticker ticker = new Ticker(engine);
    ticker.thread.setDaemon(true);
    ticker.thread.start();
    return ticker;
  }

  /** How many ticks from now a guest is stopped: never early, at most two ticks late. */
  static long ticks(long nanos) {
    return Math.min(nanos / TICK, MAX_TICKS) + 2;
  }

  /**
   * A call begins; {@link #end} must follow.
   *
   * @throws IllegalStateException if the engine is closed, and the guest would not be stopped
   */
  void begin() {
    calls.incrementAndGet();
    if (closed) {
      calls.decrementAndGet();
      throw new IllegalStateException("the engine is closed");
    }
    if (asleep) {
      LockSupport.unpark(thread);
    }
  }

  void end() {
    calls.decrementAndGet();
  }

  void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  private void run() {
    try {
      int idleTicks = 0;
      long next = System.nanoTime() + TICK;
      while (!closed || calls.get() > 0) {
        LockSupport.parkNanos(this, next - System.nanoTime());
        for (long now = System.nanoTime(); next - now <= 0; next += TICK) {
          engine.incrementEpoch();
          idleTicks = calls.get() > 0 ? 0 : idleTicks + 1;
        }
        if (idleTicks >= IDLE_TICKS) {
          asleep = true;
          if (calls.get() == 0 && !closed) {
            LockSupport.park(this);
          }
          asleep = false;
          idleTicks = 0;
          next = System.nanoTime() + TICK;
        }
      }
    } finally {
      engine.dispose();
    }
  }
}
