package org.cloudramp.sandbox.server.rooms;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Bytes, or places, that all services share. Thread-safe; its lock is held for a look only.
 *
 * <p>Whoever asks first ({@link #tryTake}) gets no more than is free then: a service that wants all
 * of it holds half, two hold a third each, and so on. So there is always something free for one
 * that holds less. Whoever cannot ask ({@link #take}) finds out afterwards who has to give back.
 *
 * @param <K> a service, or something that stands for whoever has none
 */
final class SharedBudget<K> {
  private final long max;

  // Guarded by this.
  private final Map<K, Share> shares = new HashMap<>();
  private long used;

  /** What one service holds. */
  private static final class Share {
    private long bytes;
  }

  /**
   * Nothing is taken yet.
   *
   * @param max bytes
   */
  SharedBudget(long max) {
    this.max = max;
  }

  /**
   * Takes bytes if the service then holds no more than is free besides. When nobody holds anything,
   * whatever is asked for is given, so that nothing waits for ever.
   */
  synchronized boolean tryTake(K service, long bytes) {
    if (used > 0 && heldBy(service) + bytes > max - used) {
      return false;
    }
    take(service, bytes);
    return true;
  }

  /** Takes bytes, whether they are there or not. */
  synchronized void take(K service, long bytes) {
    shares.computeIfAbsent(service, id -> new Share()).bytes += bytes;
    used += bytes;
  }

  /** Gives bytes back that the service has taken. */
  synchronized void giveBack(K service, long bytes) {
    Share share = shares.get(service);
    if (share == null || share.bytes < bytes) {
      throw new IllegalStateException("service '" + service + "' gives back what it has not taken");
    }
    share.bytes -= bytes;
    if (share.bytes == 0) {
      shares.remove(service);
    }
    used -= bytes;
  }

  /** What a service holds. */
  synchronized long heldBy(K service) {
    Share share = shares.get(service);
    return share == null ? 0 : share.bytes;
  }

  /** The service that holds most; empty if nobody holds anything. */
  synchronized Optional<K> most() {
    return shares.entrySet().stream()
        .max((a, b) -> Long.compare(a.getValue().bytes, b.getValue().bytes))
        .map(Map.Entry::getKey);
  }

  /** Whether more is taken than there is. */
  synchronized boolean isOver() {
    return used > max;
  }

  /** What all hold together. */
  synchronized long used() {
    return used;
  }

  /** What all may hold together. */
  long max() {
    return max;
  }
}
