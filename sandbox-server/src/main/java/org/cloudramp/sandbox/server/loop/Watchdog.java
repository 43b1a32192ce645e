package org.cloudramp.sandbox.server.loop;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether a turn still holds its loop that did so two milliseconds before, and then lets
 * another thread drive. It looks for such a turn every eight milliseconds, every twenty when none
 * has run since the last look, and every two when one runs or somebody has overstayed within the
 * last second: to wake a thread takes some 30 µs, as much as ten hooks. Sleeps while no loop has
 * turns.
 *
 * <p>A turn whose thread could run but was given no time by the machine has not overstayed; but
 * nobody can tell that from a call into the system that blocks, so it is left in peace for a while
 * only. So is one that waits for a lock: no guest holds one, so whoever does has itself been given
 * no time.
 */
final class Watchdog implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Watchdog.class);

  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** While no turn is seen to run. */
  private static final long CALM_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(8);

  /** While none has run. */
  private static final long QUIET_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** So many looks after somebody has overstayed, there is no calm. */
  private static final int ALERT_LOOKS = 500;

  /** Who has used less of a processor between two looks was not given the time. */
  private static final long USED_NANOS = TICK_NANOS / 2;

  /** So many looks a turn is left in peace that is given no time. */
  private static final int LOOKS_IN_PEACE = 25;

  /**
   * So many looks without a turn, which is a second, and it sleeps. To wake it costs the loop
   * microseconds before a turn, so rooms in which something is said now and then do not.
   */
  private static final int LOOKS_BEFORE_SLEEP = 50;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final EventLoops group;
  private final List<EventLoop> loops;
  private final Thread thread = new Thread(this, "loop-watchdog");

  private volatile boolean asleep;
  private volatile boolean closed;

  /** For so many looks more it looks often. For its own thread. */
  private int alert;

  /** The next thread to drive a loop; null if none could be made. */
  private volatile @Nullable LoopThread standby;

  Watchdog(EventLoops group, List<EventLoop> loops) {
    this.group = group;
    this.loops = loops;
    thread.setDaemon(true);
  }

  void start() {
    standby = group.newThread();
    thread.start();
  }

  /** Whether a loop could be taken over now. */
  boolean isReady() {
    return standby != null;
  }

  /** A loop begins with turns. */
  void wake() {
    if (asleep) {
      LockSupport.unpark(thread);
    }
  }

  /** What was seen of a loop. */
  private static final class Seen {
    long relay;

    /** Of the turn that runs: how often it was seen, and what its thread had used then. */
    int looks;

    long usedNanos;
  }

  @Override
  public void run() {
    List<Seen> seen = loops.stream().map(loop -> new Seen()).toList();
    int quiet = 0;
    while (!closed) {
      Look look = look(seen);
      quiet = look == Look.NOTHING ? quiet + 1 : 0;
      if (standby == null) {
        makeStandby();
      }
      alert = Math.max(0, alert - 1);
      long pause = pauseAfter(look);
      if (quiet >= LOOKS_BEFORE_SLEEP) {
        asleep = true;
        if (look(seen) == Look.NOTHING && !closed) { // whoever begins now sees that it sleeps
          LockSupport.park();
        }
        asleep = false;
        quiet = 0;
        pause = TICK_NANOS; // a turn begins
      }
      LockSupport.parkNanos(pause);
    }
    LoopThread unused = standby;
    if (unused != null) {
      unused.interrupt();
    }
  }

  private long pauseAfter(Look look) {
    if (look == Look.IN_TURN || alert > 0) {
      return TICK_NANOS;
    }
    return look == Look.MOVED ? CALM_TICK_NANOS : QUIET_TICK_NANOS;
  }

  /** What the loops have done. */
  private enum Look {
    NOTHING,
    /** Turns have come and gone since the last look. */
    MOVED,
    /** A turn runs. */
    IN_TURN
  }

  private Look look(List<Seen> all) {
    Look most = Look.NOTHING;
    for (int i = 0; i < loops.size(); i++) {
      EventLoop loop = loops.get(i);
      Seen seen = all.get(i);
      long relay = loop.relay();
      boolean inTurn = (relay & 1) == 1;
      if (inTurn && relay == seen.relay) {
        seen.looks++;
        if (hasOverstayed(loop, seen)) {
          takeOver(loop, relay);
        }
      } else if (inTurn) {
        seen.looks = 0;
        seen.usedNanos = usedNanos(loop);
      }
      if (inTurn) {
        most = Look.IN_TURN;
      } else if (relay != seen.relay && most == Look.NOTHING) {
        most = Look.MOVED;
      }
      seen.relay = relay;
    }
    return most;
  }

  private boolean hasOverstayed(EventLoop loop, Seen seen) {
    LoopThread driver = loop.driver();
    if (seen.looks >= LOOKS_IN_PEACE || driver == null) {
      return true;
    }
    return driver.getState() == Thread.State.RUNNABLE
        ? usedNanos(loop) - seen.usedNanos >= USED_NANOS
        : !waitsForALock(driver);
  }

  /** Whether another thread has what a thread waits for. */
  static boolean waitsForALock(Thread thread) {
    ThreadInfo info = THREADS.getThreadInfo(thread.getId());
    return info != null && info.getLockOwnerId() >= 0;
  }

  /** What the thread that drives has used of a processor. */
  private long usedNanos(EventLoop loop) {
    LoopThread driver = loop.driver();
    return driver == null ? 0 : THREADS.getThreadCpuTime(driver.getId());
  }

  private void takeOver(EventLoop loop, long relay) {
    LoopThread next = standby;
    if (next == null || !group.mayTakeOver()) {
      return; // it drives on when its turn ends
    }
    if (loop.takeOver(relay, next)) {
      alert = ALERT_LOOKS;
      standby = null;
      makeStandby();
    }
  }

  private void makeStandby() {
    try {
      standby = group.newThread();
    } catch (Throwable e) { // no memory for one: turns run on workers until there is
      log.error("no thread could be made to take over a loop", e);
    }
  }

  void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
