package org.cloudramp.sandbox.core.plugin;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.plugin.Plugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits, while a sandbox starts, for what a plugin needs and cannot reach yet: a server that is
 * started at the same moment, or that a JVM which has loaded no class yet cannot greet in time.
 * What waiting cannot mend, such as a wrong password, fails at once.
 */
final class StartWait {
  private static final Logger log = LoggerFactory.getLogger(StartWait.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(1);
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(5);

  private final Duration timeout;

  /**
   * @param timeout after it no further attempt begins; with none there is one attempt
   */
  StartWait(Duration timeout) {
    this.timeout = timeout;
  }

  /**
   * Runs {@code start} until it succeeds.
   *
   * @throws StoreException if the time is over; the last one that {@code start} threw is its cause
   */
  void start(String kind, Plugin plugin, Runnable start) {
    long begin = System.nanoTime();
    long nextLine = 0;
    Duration pause = FIRST_PAUSE;
    while (true) {
      StoreException failure;
      try {
        start.run();
        if (nextLine > 0) {
          log.info(
              "start: {} '{}' is reached after {} ms",
              kind,
              plugin.name(),
              since(begin).toMillis());
        }
        return;
      } catch (StoreException e) {
        if (!mayPass(e) || !plugin.mayStartAgain()) {
          throw e;
        }
        failure = e;
      }
      Duration waited = since(begin);
      Duration left = timeout.minus(waited);
      if (left.isNegative() || left.isZero()) {
        throw gaveUp("gave up after %d ms".formatted(waited.toMillis()), failure);
      }
      if (waited.toNanos() >= nextLine) {
        log.warn(
            "start: waiting for {} '{}', up to {} ms (setting 'startTimeout'): {}",
            kind,
            plugin.name(),
            timeout.toMillis(),
            failure.getMessage());
        nextLine = waited.plus(BETWEEN_LINES).toNanos();
      }
      rest(pause.compareTo(left) < 0 ? pause : left, failure);
      pause = pause.multipliedBy(2).compareTo(MAX_PAUSE) < 0 ? pause.multipliedBy(2) : MAX_PAUSE;
    }
  }

  private static boolean mayPass(StoreException failure) {
    return failure.kind() == StoreException.Kind.UNAVAILABLE
        || failure.kind() == StoreException.Kind.TIMEOUT;
  }

  private static void rest(Duration pause, StoreException failure) {
    try {
      TimeUnit.NANOSECONDS.sleep(pause.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw gaveUp("was interrupted", failure);
    }
  }

  private static StoreException gaveUp(String why, StoreException last) {
    return new StoreException(
        last.kind(),
        "%s (the start %s; the setting 'startTimeout' says how long it waits)"
            .formatted(last.getMessage(), why),
        last);
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }
}
