package org.cloudramp.sandbox.core.dispatch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.hook.Hook;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What guests log, apart from what the sandbox says of itself: a logger of its own, with so many
 * lines a minute for each service, whatever its hooks and rooms do. Thread-safe.
 */
public final class GuestLog {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final int MOST_SERVICES = 100_000;

  private final int linesPerMinute;
  private final LongSupplier ticker;
  private final Logger log;
  private final Cache<ServiceId, Lines> services =
      Caffeine.newBuilder()
          .maximumSize(MOST_SERVICES)
          .expireAfterAccess(MINUTE.multipliedBy(2))
          .build();

  /** What one service has logged. Guarded by itself. */
  private static final class Lines {
    private long endOfMinute;
    private int written;
    private long dropped;
    private boolean told;

    private Lines(long now) {
      endOfMinute = now + MINUTE.toNanos();
    }
  }

  /**
   * Nobody has logged anything yet.
   *
   * @param linesPerMinute of one service; more are dropped and counted
   * @param ticker nanoseconds, as {@link System#nanoTime}
   */
  public GuestLog(int linesPerMinute, LongSupplier ticker) {
    this(linesPerMinute, ticker, LoggerFactory.getLogger("org.cloudramp.sandbox.guest"));
  }

  GuestLog(int linesPerMinute, LongSupplier ticker, Logger log) {
    this.linesPerMinute = linesPerMinute;
    this.ticker = ticker;
    this.log = log;
  }

  /** Writes one line of a guest's, made inert. */
  void write(Level level, ModuleVersion version, RoomId room, Hook hook, String line) {
    if (log.isEnabledForLevel(level) && admits(version.service())) {
      log.atLevel(level).log("{} room '{}' {}: {}", version, room, hook, InertText.escape(line));
    }
  }

  private boolean admits(ServiceId service) {
    Lines lines = services.get(service, id -> new Lines(ticker.getAsLong()));
    synchronized (lines) {
      long now = ticker.getAsLong();
      if (now - lines.endOfMinute >= 0) {
        lines.endOfMinute = now + MINUTE.toNanos();
        lines.written = 0;
        lines.told = false;
      }
      if (lines.written < linesPerMinute) {
        lines.written++;
        return true;
      }
      if (!lines.told) {
        log.warn(
            "service '{}' logs more than {} lines a minute (limits.logLinesPerMinute): the rest of"
                + " this minute is dropped; {} lines were dropped since this was last said",
            service,
            linesPerMinute,
            lines.dropped);
        lines.told = true;
        lines.dropped = 0;
      }
      lines.dropped++;
      return false;
    }
  }
}
