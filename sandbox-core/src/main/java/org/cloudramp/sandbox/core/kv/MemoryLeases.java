package org.cloudramp.sandbox.core.kv;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.ServerLeases;

/**
 * The leases of sandboxes that share a store in one process. Thread-safe; its lock is held for a
 * look only.
 */
final class MemoryLeases implements ServerLeases {
  private static final long FENCED_MILLIS = Duration.ofDays(1).toMillis();

  private final Supplier<Clock> clock;
  private final Function<String, List<RoomAddress>> roomsWith;

  /** When each lease ends; guarded by this. */
  private final TreeMap<String, Long> leases = new TreeMap<>();

  /** When the claim on each ended server ends; guarded by this. */
  private final TreeMap<String, Long> claims = new TreeMap<>();

  /** Until when each is remembered. */
  private final Map<String, Long> fenced = new ConcurrentHashMap<>();

  /**
   * @param clock asked each time
   * @param roomsWith the rooms that have members of a server
   */
  MemoryLeases(Supplier<Clock> clock, Function<String, List<RoomAddress>> roomsWith) {
    this.clock = clock;
    this.roomsWith = roomsWith;
  }

  boolean isFenced(String server) {
    return fenced.containsKey(server);
  }

  @Override
  public CompletionStage<Boolean> take(String name, String server, Duration time) {
    synchronized (this) {
      long now = now();
      boolean isTaken =
          leases.entrySet().stream()
              .anyMatch(lease -> lease.getKey().startsWith(name + ".") && lease.getValue() > now);
      if (!isTaken) {
        leases.put(server, now + time.toMillis());
      }
      return CompletableFuture.completedFuture(!isTaken);
    }
  }

  @Override
  public CompletionStage<LeaseRenewal> renew(String server, Duration time) {
    synchronized (this) {
      long now = now();
      boolean isHeld = leases.computeIfPresent(server, (key, end) -> now + time.toMillis()) != null;
      List<String> ended = new ArrayList<>();
      addEnded(leases, now, ended);
      addEnded(claims, now, ended);
      return CompletableFuture.completedFuture(new LeaseRenewal(isHeld, ended));
    }
  }

  private static void addEnded(Map<String, Long> ends, long now, List<String> ended) {
    ends.forEach(
        (server, end) -> {
          if (end <= now && ended.size() < MAX_ENDED) {
            ended.add(server);
          }
        });
  }

  @Override
  public synchronized CompletionStage<Boolean> claim(String ended, Duration time) {
    long now = now();
    Long end = leases.getOrDefault(ended, claims.get(ended));
    boolean isFree = end != null && end <= now;
    if (isFree) {
      leases.remove(ended);
      claims.put(ended, now + time.toMillis());
    }
    return CompletableFuture.completedFuture(isFree);
  }

  @Override
  public CompletionStage<List<RoomAddress>> fence(String ended) {
    long now = now();
    fenced.values().removeIf(until -> until <= now);
    fenced.put(ended, now + FENCED_MILLIS); // first: what was not committed until now never is
    return CompletableFuture.completedFuture(roomsWith.apply(ended));
  }

  @Override
  public synchronized CompletionStage<Void> forget(String ended) {
    claims.remove(ended);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public synchronized CompletionStage<Void> release(String server) {
    leases.computeIfPresent(server, (key, end) -> now());
    return CompletableFuture.completedFuture(null);
  }

  private long now() {
    return clock.get().millis();
  }
}
