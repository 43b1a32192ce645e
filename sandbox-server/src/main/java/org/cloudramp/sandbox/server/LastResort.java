package org.cloudramp.sandbox.server;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends the process when stopping it takes too long, whatever holds it up: a plugin that does not
 * return, a heap that is full. What it needs is made when the server starts, because nothing may be
 * left to make it of in the end.
 */
final class LastResort {
  /** How much longer than {@code sandbox.server.shutdown} stopping may take. */
  static final Duration GRACE = Duration.ofSeconds(5);

  /** What the process ends with: that of a process that was killed. */
  static final int STATUS = 137;

  private final CountDownLatch begun = new CountDownLatch(1);
  private final Duration patience;
  private final String lastWords;

  private LastResort(Duration patience) {
    this.patience = patience;
    this.lastWords =
        "the server has not stopped within %d s (sandbox.server.shutdown, and %d s more), and is ended"
            .formatted(patience.toSeconds(), GRACE.toSeconds());
  }

  /**
   * Is ready to end the process. Does so when it has not ended {@code shutdown} after it began to.
   */
  static LastResort after(Duration shutdown) {
    LastResort lastResort = new LastResort(shutdown.plus(GRACE));
    Thread thread = new Thread(lastResort::waitAndEnd, "last-resort");
    thread.setDaemon(true);
    thread.start();
    return lastResort;
  }

  /** From now on time runs. */
  void begin() {
    begun.countDown();
  }

  private void waitAndEnd() {
    try {
      begun.await();
      TimeUnit.NANOSECONDS.sleep(patience.toNanos());
    } catch (InterruptedException e) {
      return; // nobody does that, and nobody would want the process to end for it
    }
    try {
      System.err.println(lastWords);
    } finally {
      Runtime.getRuntime().halt(STATUS);
    }
  }
}
