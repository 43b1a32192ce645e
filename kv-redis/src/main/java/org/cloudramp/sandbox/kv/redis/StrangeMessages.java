package org.cloudramp.sandbox.kv.redis;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What channels say that is no entry of a log. It is passed over, and a line a minute says so: who
 * publishes there can do it as often as they like. Thread-safe; no lock is held while a line is
 * written.
 */
final class StrangeMessages {
  private static final Logger log = LoggerFactory.getLogger(StrangeMessages.class);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final LongSupplier ticker;

  // Guarded by this.
  private boolean written;
  private long writtenAt;
  private long unwritten;

  /**
   * Nothing was heard yet.
   *
   * @param ticker nanoseconds, as {@link System#nanoTime}
   */
  StrangeMessages(LongSupplier ticker) {
    this.ticker = ticker;
  }

  /** The channel of a partition has said something else than entries. */
  void heard(int partition, int bytes) {
    long before;
    synchronized (this) {
      long now = ticker.getAsLong();
      if (written && now - writtenAt < MINUTE.toNanos()) {
        unwritten++;
        return;
      }
      written = true;
      writtenAt = now;
      before = unwritten;
      unwritten = 0;
    }
    log.warn(
        "the channel of partition {} has said {} bytes that are no entries of a log, and {} more such messages have come since the line before: passed over. They are of a server of another version, whose entries are found in the log, or of somebody else who may publish to the channels sandbox:* of Redis",
        partition,
        bytes,
        before);
  }
}
