package org.cloudramp.sandbox.api.kv;

import java.util.HashMap;
import java.util.Map;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * Counts the bytes that all cursors of a store buffer. A service may have more as long as it has no
 * more than is left free, so that none takes the place of all. Thread-safe; its lock is held for a
 * few additions.
 */
final class LogBuffers {
  private final long limit;
  private final Map<ServiceId, Long> services = new HashMap<>();
  private long total;

  LogBuffers(long limit) {
    this.limit = limit;
  }

  /** Takes so many bytes, if there are. */
  synchronized boolean tryTake(ServiceId service, long bytes) {
    long held = services.getOrDefault(service, 0L) + bytes;
    if (held > limit - total - bytes) {
      return false;
    }
    note(service, bytes);
    return true;
  }

  /** Takes so many bytes, whether there are or not; others then find none. */
  synchronized void take(ServiceId service, long bytes) {
    note(service, bytes);
  }

  /** Gives back what was taken. */
  synchronized void give(ServiceId service, long bytes) {
    note(service, -bytes);
  }

  private void note(ServiceId service, long bytes) {
    total += bytes;
    services.merge(
        service, bytes, (before, more) -> before + more == 0 ? null : Long.valueOf(before + more));
  }
}
