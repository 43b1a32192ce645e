package org.cloudramp.sandbox.core.publish;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;

/**
 * How many uploads of one kind of one service are checked within a minute, and how long: that of a
 * module costs a compile, which cannot be interrupted, and that of a source map as much parsing as
 * it has bytes. Thread-safe.
 */
public final class UploadQuota {
  private static final int MAX_SERVICES = 100_000;

  /**
   * What a service may have.
   *
   * @param uploads within a minute
   * @param time of a processor within a minute
   */
  public record Policy(int uploads, Duration time) {}

  /** What one service has had in the minute that began with its first upload. */
  private static final class Minute {
    final AtomicInteger uploads = new AtomicInteger();
    final AtomicLong nanos = new AtomicLong();
  }

  private final String what;
  private final Policy policy;
  private final Cache<ServiceId, Minute> minutes;

  /**
   * Nothing has been uploaded yet.
   *
   * @param what is uploaded, as messages name it
   */
  UploadQuota(String what, Policy policy, Ticker ticker) {
    this.what = what;
    this.policy = policy;
    this.minutes =
        Caffeine.newBuilder()
            .maximumSize(MAX_SERVICES)
            .expireAfterWrite(Duration.ofMinutes(1))
            .ticker(ticker)
            .build();
  }

  /**
   * Counts one upload.
   *
   * @throws ModuleException of kind limit if it is one too many, or those before took too long
   */
  void count(ServiceId service) {
    Minute minute = minutes.get(service, id -> new Minute());
    if (minute.uploads.incrementAndGet() > policy.uploads()) {
      throw new ModuleException(
          ModuleException.Kind.LIMIT,
          "service '%s' has uploaded %d %s within a minute (uploadsPerMinute); try again later"
              .formatted(service, policy.uploads(), what));
    }
    if (minute.nanos.get() >= policy.time().toNanos()) {
      throw new ModuleException(
          ModuleException.Kind.LIMIT,
          "the checks of %s of service '%s' have taken %d s of a processor within a minute (uploadTimePerMinute); try again later"
              .formatted(what, service, Duration.ofNanos(minute.nanos.get()).toSeconds()));
    }
  }

  /** The check of an upload has taken so long, whatever came of it. */
  void took(ServiceId service, long nanos) {
    Minute minute = minutes.getIfPresent(service);
    if (minute != null) {
      minute.nanos.addAndGet(nanos);
    }
  }
}
