package org.cloudramp.sandbox.core.kv;

import java.util.HashMap;
import java.util.Map;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.KvQuota;

/**
 * Who holds how many bytes of the store. Thread-safe; its lock is held for a few additions, and no
 * other is taken under it.
 *
 * <p>A service may grow as long as it holds no more than what is left free for all. So one alone
 * gets half of the store, two that take what they can get a third each, and whoever comes after
 * them still finds some of it free.
 */
final class KvLedger {
  private long limit;
  private final Map<ServiceId, Long> services = new HashMap<>();
  private long total;

  KvLedger(long limit) {
    this.limit = limit;
  }

  /** From now on the store may hold that much; what is held stays. */
  synchronized void limit(long bytes) {
    limit = bytes;
  }

  /**
   * Enters that a room of a service takes so many bytes more, or fewer; that is always allowed.
   *
   * @throws StoreException if the service or the store would hold too much; then nothing is entered
   */
  synchronized void enter(RoomAddress address, long growth, KvQuota quota) {
    long service = services.getOrDefault(address.service(), 0L) + growth;
    if (growth > 0 && service > quota.serviceBytes()) {
      throw quota.serviceIsFull(MemoryKvStore.NAME, address, service);
    }
    long free = limit - total - growth;
    if (growth > 0 && service > free) {
      throw new StoreException(
          StoreException.Kind.QUOTA,
          "the KV store '%s' refused a transaction of the room %s: the keys of its service would take %d bytes, and a service may have no more than is left free for others, here %d of %d (kv.memory.bytes); delete keys, or let them live shorter"
              .formatted(MemoryKvStore.NAME, address, service, Math.max(0, free), limit));
    }
    note(address.service(), service, growth);
  }

  /**
   * Enters that a service takes so many bytes more, or fewer, as {@link #enter} does.
   *
   * @return false if the service or the store would hold too much; then nothing is entered
   */
  synchronized boolean tryEnter(ServiceId id, long growth, KvQuota quota) {
    long service = services.getOrDefault(id, 0L) + growth;
    if (growth > 0 && (service > quota.serviceBytes() || service > limit - total - growth)) {
      return false;
    }
    note(id, service, growth);
    return true;
  }

  private void note(ServiceId id, long service, long growth) {
    total += growth;
    if (service == 0) {
      services.remove(id);
    } else {
      services.put(id, service);
    }
  }

  /** Enters that bytes of a service's have expired. */
  void expired(RoomAddress address, long bytes) {
    enter(address, -bytes, KvQuota.unlimited());
  }

  /** By how much a service may grow now. */
  synchronized long headroom(ServiceId service, KvQuota quota) {
    long held = services.getOrDefault(service, 0L);
    return Math.max(0, Math.min(quota.serviceBytes() - held, (limit - total - held) / 2));
  }

  /** Bytes that all services hold. */
  synchronized long total() {
    return total;
  }
}
