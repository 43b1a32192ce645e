package org.cloudramp.sandbox.server.observe;

import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * A warning that strangers can cause as often as they like, and that is written once a minute.
 * Thread-safe; no lock is held while a line is written.
 */
public final class OncePerMinute {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Logger log;
  private final LongSupplier ticker;

  // Guarded by this.
  private boolean written;
  private long writtenAt;
  private long omitted;

  /**
   * Nothing has been written yet.
   *
   * @param ticker nanoseconds, as {@link System#nanoTime}
   */
  public OncePerMinute(Logger log, LongSupplier ticker) {
    this.log = log;
    this.ticker = ticker;
  }

  /**
   * Writes the warning, unless it was written less than a minute ago.
   *
   * @param format as of the logger; behind it comes how often the same was left out before
   */
  public void warn(String format, @Nullable Object... arguments) {
    long omittedBefore;
    synchronized (this) {
      long now = ticker.getAsLong();
      if (written && now - writtenAt < MINUTE.toNanos()) {
        omitted++;
        return;
      }
      written = true;
      writtenAt = now;
      omittedBefore = omitted;
      omitted = 0;
    }
    if (omittedBefore == 0) {
      log.warn(format, arguments);
    } else {
      @Nullable Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
      all[arguments.length] = omittedBefore;
      log.warn(format + " ({} more since the line before)", all);
    }
  }
}
