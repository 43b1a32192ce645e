package org.cloudramp.sandbox.core.module;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * How much longer than its limit a hook may take while the JVM still interprets its code: what
 * takes microseconds later must not fail at first. Thread-safe.
 *
 * <p>It is no way to more time. One hook gets four times its limit at most, and what the hooks of a
 * service take beyond their limits within a minute is no more than eight times the limit, whatever
 * it uploads; only hooks that run at the same time may each take the rest.
 */
final class ColdTime {
  private static final int MAX_SERVICES = 100_000;
  private static final int EXTRA_OF_A_HOOK = 3;
  private static final int EXTRA_OF_A_MINUTE = 8;

  /** Nanoseconds beyond their limits that hooks have taken since the first that did. */
  private final Cache<ServiceId, AtomicLong> taken;

  ColdTime(Ticker ticker) {
    this.taken =
        Caffeine.newBuilder()
            .maximumSize(MAX_SERVICES)
            .expireAfterWrite(Duration.ofMinutes(1))
            .ticker(ticker)
            .build();
  }

  /**
   * What a cold hook may have beyond its limit.
   *
   * @param limit of a hook that is warm
   */
  Duration extra(ServiceId service, Duration limit) {
    AtomicLong before = taken.getIfPresent(service);
    Duration left =
        limit.multipliedBy(EXTRA_OF_A_MINUTE).minusNanos(before == null ? 0 : before.get());
    Duration most = limit.multipliedBy(EXTRA_OF_A_HOOK);
    return left.isNegative() ? Duration.ZERO : left.compareTo(most) < 0 ? left : most;
  }

  /** A cold hook has ended, after so long. */
  void took(ServiceId service, Duration limit, Duration elapsed) {
    long beyond = elapsed.minus(limit).toNanos();
    if (beyond > 0) {
      taken.get(service, id -> new AtomicLong()).addAndGet(beyond);
    }
  }
}
