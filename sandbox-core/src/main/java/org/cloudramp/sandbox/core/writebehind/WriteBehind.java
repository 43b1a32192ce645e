package org.cloudramp.sandbox.core.writebehind;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.RoomTimers;
import org.cloudramp.sandbox.core.kv.KvFailure;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store that confirms commits at once and carries them out later, in another store. Thread-safe.
 *
 * <ol>
 *   <li>Reads see all commits of this process, whether carried out or not.
 *   <li>The commits of a room arrive in order, several at a time, and never half of one.
 *   <li>They leave no later than {@link Policy#delay} after they were made, unless the store is
 *       away; then they wait for it, and the same batch is tried again under its id.
 *   <li>What waits takes no more than {@link Policy#bytes}; a commit that does not fit fails as
 *       {@linkplain StoreException.Kind#UNAVAILABLE unavailable}, and changes nothing.
 *   <li>What the store would refuse by the room's quota is not confirmed: a commit that might not
 *       fit any more goes to the store at once, after those of its room that wait, and ends as the
 *       store says. So does one that sets, cancels or answers a timer.
 *   <li>Nobody checks what was read: when two processes write to one key, the last one wins.
 *   <li>What has not left when the process dies, is lost; {@link #close} sends it.
 * </ol>
 */
public final class WriteBehind implements KvStore {
  /**
   * How much may be lost.
   *
   * @param delay after which a commit leaves
   * @param bytes that may wait, of all rooms together
   */
  public record Policy(Duration delay, long bytes) {}

  /**
   * What a room could take when the store was asked.
   *
   * @param arrived what had arrived in the store by then, of all rooms
   */
  private record Headroom(long bytes, long arrived) {}

  /** Rooms whose headroom is remembered; of others the store is asked again. */
  private static final int MAX_REMEMBERED = 10_000;

  private static final Logger log = LoggerFactory.getLogger(WriteBehind.class);

  private static final Duration MIN_PAUSE = Duration.ofMillis(50);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(1);

  private final KvStore store;
  private final Policy policy;
  private final Clock clock;
  private final Duration patience;
  private final ConcurrentHashMap<RoomAddress, RoomBuffer> rooms = new ConcurrentHashMap<>();
  private final AtomicLong held = new AtomicLong();
  private final ConcurrentHashMap<ServiceId, Long> heldOf = new ConcurrentHashMap<>();
  private final AtomicLong arrived = new AtomicLong();
  private final Cache<RoomAddress, Headroom> headrooms =
      Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            Thread thread = new Thread(task, "sandbox-write-behind");
            thread.setDaemon(true);
            return thread;
          },
          new ThreadPoolExecutor
              .DiscardPolicy()); // what comes after close is lost, and close says so
  private volatile boolean closing;

  /**
   * A store in front of another, which it neither starts nor closes.
   *
   * @param patience how long {@link #close} waits for the store
   */
  public WriteBehind(KvStore store, Policy policy, Clock clock, Duration patience) {
    this.store = store;
    this.policy = policy;
    this.clock = clock;
    this.patience = patience;
  }

  /** Bytes of writes that wait, of all rooms. */
  public long heldBytes() {
    return held.get();
  }

  @Override
  public String name() {
    return store.name();
  }

  @Override
  public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
    Map<String, Bytes> known = new HashMap<>();
    List<String> unknown = find(address, keys, known);
    if (unknown.isEmpty()) {
      return CompletableFuture.completedFuture(known);
    }
    return store
        .read(address, unknown)
        .thenApply(
            found -> {
              known.putAll(found);
              return known;
            });
  }

  /** Fills in what is held here; gives the keys that the store must be asked for. */
  private List<String> find(
      RoomAddress address, Collection<String> keys, Map<String, Bytes> known) {
    Map<String, Optional<Bytes>> written = new HashMap<>();
    rooms.computeIfPresent(
        address,
        (room, buffer) -> {
          written.putAll(buffer.find(keys, clock.millis()));
          return buffer;
        });
    written.forEach((key, value) -> value.ifPresent(bytes -> known.put(key, bytes)));
    return keys.stream().filter(key -> !written.containsKey(key)).toList();
  }

  @Override
  public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
    if (!transaction.appends().isEmpty()) {
      return CompletableFuture.failedFuture(
          new StoreException(
              StoreException.Kind.REFUSED,
              "write-behind keeps no log of the room %s: its entries would be told before its writes are there"
                  .formatted(address)));
    }
    boolean changesTimers = !transaction.timers().isEmpty();
    if (transaction.writes().isEmpty() && !changesTimers) {
      return CompletableFuture.completedFuture(CommitResult.committed());
    }
    long size = RoomBuffer.sizeOf(transaction.writes());
    if (closing) {
      return CompletableFuture.failedFuture(full(address, size));
    }
    if (changesTimers) { // another server may answer the timer, and has to find the writes
      hold(address, size);
      return goThrough(address, transaction, size);
    }
    if (transaction.quota().equals(KvQuota.unlimited())) {
      hold(address, size);
      return keep(address, transaction, size);
    }
    Headroom known = headrooms.getIfPresent(address);
    if (known != null && takeIfItFits(address, known, size)) {
      return keep(address, transaction, size);
    }
    long arrivedBefore = arrived.get();
    return store
        .headroom(address, transaction.quota())
        .thenApply(bytes -> bytes.orElse(Long.MAX_VALUE))
        .exceptionally(away -> policy.bytes()) // writes wait for a store that is away
        .thenCompose(
            bytes -> {
              Headroom asked = new Headroom(bytes, arrivedBefore);
              headrooms.put(address, asked);
              if (takeIfItFits(address, asked, size)) {
                return keep(address, transaction, size);
              }
              hold(address, size);
              return goThrough(address, transaction, size);
            });
  }

  /**
   * Holds that much more if it still fits for sure: as if all that waits or has arrived since the
   * store was asked, of all rooms, had been new keys of this one.
   */
  private boolean takeIfItFits(RoomAddress address, Headroom known, long size) {
    long all =
        hold(address, size); // first: what arrives meanwhile counts twice, and never not at all
    long since = arrived.get() - known.arrived();
    if (all <= known.bytes() - since) {
      return true;
    }
    hold(address, -size);
    return false;
  }

  /**
   * Counts what is held, of the service first: whoever is in the sum of all is in that of its
   * service.
   */
  private long hold(RoomAddress address, long more) {
    heldOf.compute(
        address.service(),
        (service, before) -> {
          long now = before == null ? more : before + more;
          return now == 0 ? null : Long.valueOf(now);
        });
    return held.addAndGet(more);
  }

  private long heldOf(ServiceId service) {
    return heldOf.getOrDefault(service, 0L);
  }

  /** Keeps writes that are held already. */
  private CompletionStage<CommitResult> keep(
      RoomAddress address, KvTransaction transaction, long size) {
    if (held.get() > policy.bytes()) {
      hold(address, -size);
      return CompletableFuture.failedFuture(full(address, size));
    }
    boolean[] isFirst = new boolean[1];
    boolean[] isKept = new boolean[1];
    rooms.compute(
        address,
        (room, present) -> {
          RoomBuffer buffer = present == null ? new RoomBuffer() : present;
          isFirst[0] = present == null;
          isKept[0] = !buffer.isClosed();
          if (isKept[0]) {
            long more = buffer.add(transaction.writes(), transaction.quota(), clock.millis());
            hold(address, more - size);
          }
          return buffer;
        });
    if (!isKept[0]) {
      hold(address, -size);
      return CompletableFuture.failedFuture(underWay(address));
    }
    if (isFirst[0]) {
      flushIn(address, policy.delay());
    }
    return CompletableFuture.completedFuture(CommitResult.committed());
  }

  /**
   * Commits in the store itself, after all that waits of the room. Until that has ended nothing
   * else of the room is taken, so that nothing overtakes it.
   */
  private CompletionStage<CommitResult> goThrough(
      RoomAddress address, KvTransaction transaction, long size) {
    if (held.get() > policy.bytes()) {
      hold(address, -size);
      return CompletableFuture.failedFuture(full(address, size));
    }
    CompletableFuture<Void> allArrived = new CompletableFuture<>();
    boolean[] isFree = new boolean[1];
    rooms.compute(
        address,
        (room, present) -> {
          RoomBuffer buffer = present == null ? new RoomBuffer() : present;
          isFree[0] = !buffer.isClosed();
          if (isFree[0]) {
            buffer.closeUntilDrained(() -> allArrived.complete(null));
          }
          return buffer;
        });
    if (!isFree[0]) {
      hold(address, -size);
      return CompletableFuture.failedFuture(underWay(address));
    }
    flush(address);
    sayIfDrained(address);
    return allArrived
        .thenCompose(nothing -> commitNow(address, transaction, size))
        .whenComplete((result, failure) -> reopen(address, size));
  }

  /** What other rooms of the service have been promised and wait to write is theirs. */
  private CompletionStage<CommitResult> commitNow(
      RoomAddress address, KvTransaction transaction, long size) {
    long promised = heldOf(address.service()) - size;
    KvQuota quota = transaction.quota();
    KvQuota left = new KvQuota(quota.roomBytes(), Math.max(0, quota.serviceBytes() - promised));
    return store
        .commit(
            address,
            KvTransaction.builder(transaction.id())
                .writes(transaction.writes())
                .quota(left)
                .timers(transaction.timers())
                .build())
        .exceptionallyCompose(
            failure -> {
              boolean isQuota =
                  KvFailure.cause(failure) instanceof StoreException refused
                      && refused.kind() == StoreException.Kind.QUOTA;
              if (!isQuota || promised == 0) {
                return CompletableFuture.failedFuture(failure);
              }
              flushAll(address.service());
              return CompletableFuture.failedFuture(undecided(address, promised, failure));
            });
  }

  private void flushAll(ServiceId service) {
    rooms.keySet().stream()
        .filter(address -> address.service().equals(service))
        .forEach(address -> flushIn(address, Duration.ZERO));
  }

  private void reopen(RoomAddress address, long size) {
    arrived.addAndGet(size);
    hold(address, -size);
    rooms.computeIfPresent(
        address,
        (room, buffer) -> {
          buffer.open();
          return buffer.isEmpty() ? null : buffer;
        });
    if (closing && rooms.isEmpty()) {
      drained.complete(null);
    }
  }

  private void sayIfDrained(RoomAddress address) {
    List<Runnable> tasks = new ArrayList<>();
    rooms.computeIfPresent(
        address,
        (room, buffer) -> {
          buffer.takeWhenDrained().ifPresent(tasks::add);
          return buffer;
        });
    tasks.forEach(Runnable::run);
  }

  @Override
  public CompletionStage<OptionalLong> headroom(RoomAddress address, KvQuota quota) {
    return store.headroom(address, quota);
  }

  /** A transaction that changes timers is committed in the store before it is confirmed. */
  @Override
  public Optional<RoomTimers> timers() {
    return store.timers();
  }

  /** Nobody else commits here, so nobody has to be kept away. */
  @Override
  public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
    return CompletableFuture.completedFuture(true);
  }

  private StoreException undecided(RoomAddress address, long promised, Throwable refused) {
    return new StoreException(
        StoreException.Kind.UNAVAILABLE,
        "a commit of %s may not fit: other rooms of its service have up to %d bytes on their way to KV store '%s', and the service has little left (limits.kvServiceBytes)"
            .formatted(address, promised, store.name()),
        KvFailure.cause(refused));
  }

  private StoreException underWay(RoomAddress address) {
    return new StoreException(
        StoreException.Kind.UNAVAILABLE,
        "a commit of %s waits for KV store '%s', which has little left for the room; nothing else of the room is taken meanwhile"
            .formatted(address, store.name()));
  }

  private StoreException full(RoomAddress address, long size) {
    return new StoreException(
        StoreException.Kind.UNAVAILABLE,
        closing
            ? "write-behind is closed; the writes of %s were not taken".formatted(address)
            : "%d bytes wait for KV store '%s', and %d more of %s do not fit (writeBehind.bytes is %d)"
                .formatted(held.get(), store.name(), size, address, policy.bytes()));
  }

  private void flushIn(RoomAddress address, Duration delay) {
    later(delay, () -> flush(address));
  }

  private void later(Duration delay, Runnable task) {
    var unused = timer.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void flush(RoomAddress address) {
    List<KvTransaction> batch = new ArrayList<>();
    rooms.computeIfPresent(
        address,
        (room, present) -> {
          present.send(clock.millis()).ifPresent(batch::add);
          return present;
        });
    batch.forEach(transaction -> send(address, transaction, MIN_PAUSE));
  }

  private void send(RoomAddress address, KvTransaction batch, Duration pause) {
    CompletionStage<CommitResult> sent;
    try {
      sent = store.commit(address, batch);
    } catch (RuntimeException e) { // a store that throws instead of failing its stage
      sent = CompletableFuture.failedFuture(e);
    }
    CompletionStage<CommitResult> unused =
        sent.whenComplete(
            (result, failure) -> {
              if (result != null && result.isCommitted()) {
                if (pause.compareTo(MIN_PAUSE) > 0) {
                  log.info(
                      "KV store '{}' has taken the writes of {} at last", store.name(), address);
                }
                arrived(address);
              } else if (failure != null && KvFailure.isFinal(failure)) {
                log.error(
                    "KV store '{}' refuses {} writes of {}: they are lost",
                    store.name(),
                    batch.writes().size(),
                    address,
                    failure);
                arrived(address);
              } else { // a conflict: another process, which does not write behind, has the room
                sendAgain(address, batch, pause, failure);
              }
            });
  }

  private void sendAgain(
      RoomAddress address, KvTransaction batch, Duration pause, @Nullable Throwable failure) {
    if (pause.equals(MIN_PAUSE)) {
      log.warn(
          "KV store '{}' does not take the writes of {}; {} bytes wait for it",
          store.name(),
          address,
          held.get(),
          failure);
    }
    Duration longer = pause.multipliedBy(2);
    later(pause, () -> send(address, batch, longer.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : longer));
  }

  private void arrived(RoomAddress address) {
    RoomBuffer left =
        rooms.computeIfPresent(
            address,
            (room, buffer) -> {
              long less = buffer.arrived();
              arrived.addAndGet(less); // first, so that at no moment it is counted nowhere
              hold(address, -less);
              return buffer.isEmpty() ? null : buffer;
            });
    if (left != null) {
      boolean isUrgent = closing || left.isClosed();
      flushIn(address, isUrgent ? Duration.ZERO : policy.delay().minus(left.age()));
      sayIfDrained(address);
    } else if (closing && rooms.isEmpty()) {
      drained.complete(null);
    }
  }

  /** Bytes that wait for the store. */
  public long waiting() {
    return held.get();
  }

  /** Takes no more commits, and sends what waits; what the store does not take in time, is lost. */
  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    rooms.keySet().forEach(address -> flushIn(address, Duration.ZERO));
    try {
      if (!rooms.isEmpty()) {
        drained.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      }
    } catch (TimeoutException e) {
      log.error(
          "KV store '{}' did not take the writes of {} rooms ({} bytes) within {} ms: they are lost",
          store.name(),
          rooms.size(),
          held.get(),
          patience.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new AssertionError("this never fails", e);
    } finally {
      timer.shutdownNow();
    }
  }
}
