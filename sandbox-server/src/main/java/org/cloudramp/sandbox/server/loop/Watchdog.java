package org.cloudramp.sandbox.server.loop;

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
 * <p>It goes by the clock, so a loop whose thread was given no time by the machine is taken over as
 * well. That does no harm but to the room whose turn it was.
 */
final class Watchdog implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Watchdog.class);

  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** So many looks without a turn, and it sleeps. */
  private static final int LOOKS_BEFORE_SLEEP = 50;

  private final EventLoops group;
  private final List<EventLoop> loops;
  private final Thread thread = new Thread(this, "loop-watchdog");

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

  @Override
  public void run() {
    long[] seen = new long[loops.size()];
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
  private boolean look(long[] seen) {
    boolean moved = false;
    for (int i = 0; i < seen.length; i++) {
      long relay = loops.get(i).relay();
      boolean inTurn = (relay & 1) == 1;
      if (inTurn && relay == seen[i]) {
        takeOver(loops.get(i), relay);
      }
      moved |= inTurn || relay != seen[i];
      seen[i] = relay;
    }
    return moved;
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
