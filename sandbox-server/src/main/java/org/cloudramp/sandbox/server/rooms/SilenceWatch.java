package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at all open sockets again and again, with one thread and no timer for each: who has been
 * silent for too long is asked, and then let go; who does not answer a close is let go as well.
 *
 * <p>It gives the loops a little to do at a time: thousands who came together, and are let go
 * together, would have everybody else wait for a fraction of a second.
 *
 * <p>A look that is late by more than a pause looks at nobody: the process has stood still, and
 * what others have said meanwhile has not been read. By the next look it has.
 */
final class SilenceWatch implements AutoCloseable {
  /** How many looks there are within a ping, or within the patience with a close. */
  static final int PARTS = 8;

  private static final Logger log = LoggerFactory.getLogger(SilenceWatch.class);
  private static final Duration MIN_PAUSE = Duration.ofMillis(1);

  /** A process that stands still for less has read what was said within a ping of any use. */
  private static final Duration STALL = Duration.ofMillis(100);

  /** So many are asked or let go, and the loops get a rest. Some 50 µs of a loop each. */
  static final int AT_ONCE = 8;

  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "sandbox-silence");
            made.setDaemon(true);
            return made;
          });

  private final long pauseNanos;

  /** When the last look ended, by System.nanoTime. This and the next are for the one thread. */
  private long lookedAt = System.nanoTime();

  private boolean isPassedOver;

  /** Begins to look at those that are in {@code open} at the time. */
  SilenceWatch(List<Set<? extends Watched>> open, ServerSettings settings) {
    pauseNanos = pause(settings).toNanos();
    var unused =
        thread.scheduleWithFixedDelay(
            () -> lookUnlessLate(open), pauseNanos, pauseNanos, TimeUnit.NANOSECONDS);
  }

  private static Duration pause(ServerSettings settings) {
    Duration ping = settings.ping();
    Duration patience = settings.patience();
    Duration part = (ping.compareTo(patience) < 0 ? ping : patience).dividedBy(PARTS);
    return part.compareTo(MIN_PAUSE) < 0 ? MIN_PAUSE : part;
  }

  private void lookUnlessLate(List<Set<? extends Watched>> open) {
    boolean isLate = System.nanoTime() - lookedAt > Math.max(2 * pauseNanos, STALL.toNanos());
    isPassedOver = isLate && !isPassedOver; // if all looks are late, every second one counts
    if (!isPassedOver) {
      // Rests take half as long as the pause between looks at most: nobody is found late for them.
      Rests rests = new Rests(pauseNanos / 2 / REST_NANOS);
      open.forEach(sockets -> look(sockets, rests::rest));
    }
    lookedAt = System.nanoTime();
  }

  /** So many as there may be in one look. */
  private static final class Rests {
    private long left;

    Rests(long most) {
      this.left = most;
    }

    void rest() {
      if (left > 0) {
        left--;
        LockSupport.parkNanos(REST_NANOS);
      }
    }
  }

  static void look(Set<? extends Watched> open, Runnable rest) {
    int acts = 0;
    for (Watched socket : open) {
      try {
        if (socket.look(System.nanoTime()) && ++acts % AT_ONCE == 0) {
          rest.run();
        }
      } catch (Throwable e) { // of one socket: the others are looked at all the same
        log.error("a connection could not be asked for a sign of life", e);
      }
    }
  }

  /** Looks no more. Idempotent. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
