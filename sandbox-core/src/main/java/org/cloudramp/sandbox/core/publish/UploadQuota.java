package org.cloudramp.sandbox.core.publish;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;

/**
 * How many uploads of one service are checked within a minute: each costs a compile, which cannot
 * be interrupted. Thread-safe.
 */
final class UploadQuota {
  private static final int MAX_SERVICES = 100_000;

  private final int perMinute;
  private final Cache<ServiceId, AtomicInteger> uploads =
      Caffeine.newBuilder()
          .maximumSize(MAX_SERVICES)
          .expireAfterWrite(Duration.ofMinutes(1))
          .build();

  UploadQuota(int perMinute) {
    this.perMinute = perMinute;
  }

  /**
   * Counts one upload.
   *
   * @throws ModuleException of kind limit if it is one too many
   */
  void count(ServiceId service) {
    if (uploads.get(service, id -> new AtomicInteger()).incrementAndGet() > perMinute) {
      throw new ModuleException(
          ModuleException.Kind.LIMIT,
          "service '%s' has uploaded %d modules within a minute (uploadsPerMinute); try again later"
              .formatted(service, perMinute));
    }
  }
}
