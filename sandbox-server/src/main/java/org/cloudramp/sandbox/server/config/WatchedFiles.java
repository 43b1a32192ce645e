package org.cloudramp.sandbox.server.config;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has files that settings name looked at again, each second, on one thread of its own: a file
 * system that does not answer holds up nobody else. They are read and not watched, because what is
 * mounted into a container or comes over a network changes without a word.
 */
public final class WatchedFiles implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WatchedFiles.class);
  private static final int SECONDS_BETWEEN = 1;

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "settings-files");
            made.setDaemon(true);
            return made;
          });

  /**
   * Begins.
   *
   * @param looks each looks at its files and reads what has changed; one that fails is asked again
   */
  public WatchedFiles(List<Runnable> looks) {
    for (Runnable look : looks) {
      var unused =
          thread.scheduleWithFixedDelay(
              () -> lookWhateverHappens(look), SECONDS_BETWEEN, SECONDS_BETWEEN, TimeUnit.SECONDS);
    }
  }

  private static void lookWhateverHappens(Runnable look) {
    try {
      look.run();
    } catch (RuntimeException e) {
      log.error("a file that a setting names could not be looked at", e);
    }
  }

  /** Ends. Idempotent. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
