package org.cloudramp.sandbox.core.observe;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.cloudramp.sandbox.api.ServiceId;
import org.slf4j.Logger;

/**
 * A logger that takes so many lines a minute of each service, and then one that says so.
 * Thread-safe.
 */
final class LinesPerMinute {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final int MAX_SERVICES = 100_000;

  private final Logger log;
  private final ToIntFunction<ServiceId> most;
  private final LongSupplier ticker;
  private final Cache<ServiceId, Lines> services =
      Caffeine.newBuilder()
          .maximumSize(MAX_SERVICES)
          .expireAfterAccess(MINUTE.multipliedBy(2))
          .build();

  /** So long may the lines of a minute be on average; a few long ones are no harm. */
  private static final int CHARACTERS_PER_LINE = 256;

  /** The lines of one service. Guarded by itself. */
  private static final class Lines {
    private long endOfMinute;
    private int written;
    private long characters;
    private long dropped;
    private boolean told;

    private Lines(long now) {
      endOfMinute = now + MINUTE.toNanos();
    }
  }

  LinesPerMinute(Logger log, ToIntFunction<ServiceId> most, LongSupplier ticker) {
    this.log = log;
    this.most = most;
    this.ticker = ticker;
  }

  /**
   * Whether one more line may be written now; the caller writes it.
   *
   * @param length of the line, in characters
   */
  boolean admits(ServiceId service, int length) {
    Lines lines = services.get(service, id -> new Lines(ticker.getAsLong()));
    synchronized (lines) {
      long now = ticker.getAsLong();
      if (now - lines.endOfMinute >= 0) {
        lines.endOfMinute = now + MINUTE.toNanos();
        lines.written = 0;
        lines.characters = 0;
        lines.told = false;
      }
      int maxNow = most.applyAsInt(service);
      if (lines.written < maxNow
          && (lines.written == 0
              || lines.characters + length <= (long) CHARACTERS_PER_LINE * maxNow)) {
        lines.written++;
        lines.characters += length;
        return true;
      }
      if (!lines.told) {
        log.warn(
            "service '{}' has more than {} lines a minute, or too long ones (limits.logLinesPerMinute): the rest of"
                + " this minute is dropped; {} lines were dropped since this was last said",
            service,
            maxNow,
            lines.dropped);
        lines.told = true;
        lines.dropped = 0;
      }
      lines.dropped++;
      return false;
    }
  }
}
