package org.cloudramp.sandbox.core.transaction;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.core.kv.KvFailure;

/**
 * How a run that has lost to another server goes on: it pauses, longer and at random, so that those
 * who compete for a room do not meet again at once; and when that has not helped, it goes on when
 * the room is reserved for it, so that it cannot lose for ever.
 */
final class ConflictBackoff {
  /** After so many conflicts the room is reserved. */
  private static final int CONFLICTS_BEFORE_RESERVING = 8;

  /** The longest pause after the first conflict; twice as long after each further one. */
  private static final Duration FIRST_PAUSE = Duration.ofMillis(1);

  private static final Duration MAX_PAUSE = Duration.ofMillis(16);

  /** What a run may take beside the hook itself, to read and to commit. */
  private static final Duration ROUND_TRIPS = Duration.ofMillis(500);

  private final KvStore store;
  private final RoomAddress address;
  private final Duration reservedFor;
  private final Duration patience;

  /**
   * @param time of one run of the hook
   * @param patience how long to wait for the reservation
   */
  ConflictBackoff(KvStore store, RoomAddress address, Duration time, Duration patience) {
    this.store = store;
    this.address = address;
    this.reservedFor = time.plus(ROUND_TRIPS);
    this.patience = patience;
  }

  /**
   * Waits until the next run may begin.
   *
   * @return the id of the transaction that the room is reserved for now, if it is; completes
   *     exceptionally with a {@link StoreException} if it was to be and could not
   */
  CompletableFuture<Optional<String>> next(int conflicts) {
    CompletableFuture<Void> pause = pause(conflicts);
    if (conflicts < CONFLICTS_BEFORE_RESERVING) {
      return pause.thenApply(done -> Optional.empty());
    }
    long deadline = System.nanoTime() + patience.toNanos();
    return pause.thenCompose(done -> reserve(TransactionIds.next(), deadline));
  }

  /** Ends the reservation of a room for a run which then had nothing to commit. */
  void release(String id) {
    // If nobody answers, the reservation ends by itself.
    var unused = store.commit(address, new KvTransaction(id, Map.of(), List.of()));
  }

  private CompletableFuture<Optional<String>> reserve(String id, long deadline) {
    return store
        .reserve(address, id, reservedFor)
        .toCompletableFuture()
        .exceptionallyCompose(
            failure ->
                KvFailure.isFinal(failure) || System.nanoTime() - deadline >= 0
                    ? CompletableFuture.failedFuture(failure)
                    : CompletableFuture.completedFuture(false))
        .thenCompose(
            reserved -> {
              if (reserved) {
                return CompletableFuture.completedFuture(Optional.of(id));
              }
              if (System.nanoTime() - deadline >= 0) {
                return CompletableFuture.failedFuture(
                    new StoreException(
                        StoreException.Kind.CONFLICT,
                        "others kept the room reserved for %d ms (limits.commitTime)"
                            .formatted(patience.toMillis())));
              }
              return pause(CONFLICTS_BEFORE_RESERVING).thenCompose(done -> reserve(id, deadline));
            });
  }

  private static CompletableFuture<Void> pause(int conflicts) {
    long longest =
        Math.min(MAX_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(conflicts - 1, 30));
    long nanos = ThreadLocalRandom.current().nextLong(longest);
    Executor later = CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS);
    return CompletableFuture.runAsync(() -> {}, later);
  }
}
