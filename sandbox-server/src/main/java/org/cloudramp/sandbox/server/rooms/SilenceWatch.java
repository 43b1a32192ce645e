package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at all open sockets again and again, with one thread and no timer for each: who has been
 * silent for too long is asked, and then let go; who does not answer a close is let go as well.
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
      open.forEach(SilenceWatch::look);
    }
    lookedAt = System.nanoTime();
  }

  private static void look(Set<? extends Watched> open) {
    for (Watched socket : open) {
      try {
        socket.look(System.nanoTime());
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
