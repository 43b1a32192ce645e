package org.cloudramp.sandbox.server.loop;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every two milliseconds whether a turn still holds its loop that did so two milliseconds
 * before, and then lets another thread drive. Sleeps while no loop has turns.
 *
 * <p>A turn whose thread could run but was given no time by the machine has not overstayed; but
 * nobody can tell that from a call into the system that blocks, so it is left in peace for a while
 * only.
 */
final class Watchdog implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Watchdog.class);

  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** Who has used less of a processor between two looks was not given the time. */
  private static final long USED_NANOS = TICK_NANOS / 2;

  /** So many looks a turn is left in peace that is given no time. */
  private static final int LOOKS_IN_PEACE = 25;

  /** So many looks without a turn, and it sleeps. */
  private static final int LOOKS_BEFORE_SLEEP = 50;

  private final EventLoops group;
  private final List<EventLoop> loops;
  private final Thread thread = new Thread(this, "loop-watchdog");
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  private volatile boolean asleep;
  private volatile boolean closed;

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
      quiet = look(seen) ? 0 : quiet + 1;
      if (standby == null) {
        makeStandby();
      }
      if (quiet < LOOKS_BEFORE_SLEEP) {
        LockSupport.parkNanos(TICK_NANOS);
      } else {
        asleep = true;
        if (!look(seen) && !closed) { // whoever begins now sees that it sleeps
          LockSupport.park();
        }
        asleep = false;
        quiet = 0;
      }
    }
    LoopThread unused = standby;
    if (unused != null) {
      unused.interrupt();
    }
  }

  /** Whether a loop has had a turn since the last look. */
  private boolean look(List<Seen> all) {
    boolean moved = false;
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
      moved |= inTurn || relay != seen.relay;
      seen.relay = relay;
    }
    return moved;
  }

  private boolean hasOverstayed(EventLoop loop, Seen seen) {
    LoopThread driver = loop.driver();
    return seen.looks >= LOOKS_IN_PEACE
        || driver == null
        || driver.getState() != Thread.State.RUNNABLE
        || usedNanos(loop) - seen.usedNanos >= USED_NANOS;
  }

  /** What the thread that drives has used of a processor. */
  private long usedNanos(EventLoop loop) {
    LoopThread driver = loop.driver();
    return driver == null ? 0 : threads.getThreadCpuTime(driver.getId());
  }

  private void takeOver(EventLoop loop, long relay) {
    LoopThread next = standby;
    if (next == null || !group.mayTakeOver()) {
      return; // it drives on when its turn ends
    }
    if (loop.takeOver(relay, next)) {
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
