package org.cloudramp.sandbox.core.module;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * How much longer than its limit a hook may take while the JVM still interprets its code: what
 * takes microseconds later must not fail at first. Thread-safe.
 *
 * <p>It is no way to more time. One hook gets four times its limit at most, and what the hooks of a
 * service take beyond their limits within a minute is no more than eight times the limit, whatever
 * it uploads. Of all services, one hook at a time may take longer: services that are new at the
 * same moment would hold all threads for as long together.
 */
final class ColdTime {
  private static final int MAX_SERVICES = 100_000;
  private static final int EXTRA_OF_A_HOOK = 3;
  private static final int EXTRA_OF_A_MINUTE = 8;

  /** Nanoseconds beyond their limits that hooks have taken since the first that did. */
  private final Cache<ServiceId, AtomicLong> taken;

  /** Whether a hook that may take longer runs. */
  private final AtomicBoolean lent = new AtomicBoolean();

  ColdTime(Ticker ticker) {
    this.taken =
        Caffeine.newBuilder()
            .maximumSize(MAX_SERVICES)
            .expireAfterWrite(Duration.ofMinutes(1))
            .ticker(ticker)
            .build();
  }

  /**
   * What a cold hook may have beyond its limit. It must say when it has {@linkplain #took ended}.
   *
   * @param limit of a hook that is warm
   * @return zero if its service has had enough, or another hook takes longer now
   */
  Duration extra(ServiceId service, Duration limit) {
    AtomicLong before = taken.getIfPresent(service);
    Duration left =
        limit.multipliedBy(EXTRA_OF_A_MINUTE).minusNanos(before == null ? 0 : before.get());
    Duration most = limit.multipliedBy(EXTRA_OF_A_HOOK);
    if (left.isNegative() || left.isZero() || !lent.compareAndSet(false, true)) {
      return Duration.ZERO;
    }
    return left.compareTo(most) < 0 ? left : most;
  }

  /**
   * A cold hook has ended.
   *
   * @param extra what it was given
   * @param elapsed how long it took
   */
  void took(ServiceId service, Duration limit, Duration extra, Duration elapsed) {
    if (!extra.isZero()) {
      lent.set(false);
    }
    long beyond = elapsed.minus(limit).toNanos();
    if (beyond > 0) {
      taken.get(service, id -> new AtomicLong()).addAndGet(beyond);
    }
  }
}
