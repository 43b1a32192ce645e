package org.cloudramp.sandbox.engine.chicory;

import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread that stops calls whose time is up: one for an engine, asleep while nothing runs.
 *
 * <p>It looks instead of being told, because to be told costs each call more: a look at one budget
 * takes a few nanoseconds every 5 ms, a scheduled task about 100 ns a call. While it finds nobody
 * in a call it looks every 20 ms: to wake a thread takes some 30 µs, and most calls take three.
 * Whoever has less time than that wakes it.
 */
final class Watchdog {
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(5);

  /** While no call is seen. One that begins meanwhile is seen before its time is up. */
  private static final long CALM_TICK = TimeUnit.MILLISECONDS.toNanos(20);

  /** How many looks at idle instances it takes to fall asleep: about a second. */
  private static final int IDLE_TICKS = 50;

  private final Set<TimeBudget> budgets = ConcurrentHashMap.newKeySet();
  private final Thread thread = new Thread(this::run, "chicory-watchdog");
  private volatile boolean asleep;

  /** Whether its next look may be a {@link #CALM_TICK} away. */
  private volatile boolean calm;

  private volatile boolean closed;

  private Watchdog() {}

  static Watchdog start() {
    Watchdog watchdog = new Watchdog();
    watchdog.thread.setDaemon(true);
    watchdog.thread.start();
    return watchdog;
  }

  /** Takes care of the calls of {@code budget} until it is closed. */
  void watch(TimeBudget budget) {
    budgets.add(budget);
  }

  /**
   * Makes sure that the thread is looking; to be asked after a call has begun. Either the caller
   * sees that it sleeps, or it sees the call before it falls asleep, because both write first and
   * read then.
   *
   * @param nanos how long the call may take
   * @return {@code false} if it is closed, and the call would not be stopped
   */
  boolean isAwake(long nanos) {
    if (asleep || (nanos < CALM_TICK && calm)) {
      LockSupport.unpark(thread);
    }
    return !closed;
  }

  /** The thread ends when the calls that run have ended. */
  void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  private void run() {
    int idleTicks = 0;
    while (true) {
      calm = true;
      boolean active = look();
      calm = !active;
      if (closed && !active) {
        return;
      }
      idleTicks = active ? 0 : idleTicks + 1;
      if (idleTicks < IDLE_TICKS) {
        LockSupport.parkNanos(this, active ? TICK : CALM_TICK);
      } else {
        asleep = true;
        if (!look() && !closed) {
          LockSupport.park(this);
        }
        asleep = false;
        idleTicks = 0;
      }
    }
  }

  /** Looks at each call once. Returns whether there is any. */
  private boolean look() {
    boolean active = false;
    try {
      long now = System.nanoTime();
      for (Iterator<TimeBudget> all = budgets.iterator(); all.hasNext(); ) {
        TimeBudget budget = all.next();
        // In this order: a budget that is closed before it is seen idle gets no further call.
        boolean closed = budget.isClosed();
        boolean running = budget.check(now);
        active |= running;
        if (closed && !running) {
          all.remove();
        }
      }
    } catch (OutOfMemoryError e) {
      // This thread must outlive it: a guest may be the reason, and be stopped at the next look.
      return true;
    }
    return active;
  }
}
