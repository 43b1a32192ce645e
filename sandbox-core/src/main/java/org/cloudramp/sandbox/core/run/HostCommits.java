package org.cloudramp.sandbox.core.run;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.RosterUpdate;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.shared.RoomVisit;
import org.cloudramp.sandbox.core.shared.SharedRooms;
import org.cloudramp.sandbox.core.transaction.CommitAttempts;

/** What the host itself commits in rooms of many servers, and no hook. Thread-safe. */
public final class HostCommits {
  private final SharedRooms shared;
  private final KvStore store;
  private final Function<ServiceId, Limits> limits;

  /**
   * Commits in {@code store}.
   *
   * @param limits of a service's hooks, which hold for the host's commits too
   */
  public HostCommits(SharedRooms shared, KvStore store, Function<ServiceId, Limits> limits) {
    this.shared = shared;
    this.store = store;
    this.limits = limits;
  }

  /**
   * Does something in a room; does not wait.
   *
   * @return as it; exceptionally with a typed error
   */
  <T> CompletableFuture<T> in(
      RoomAddress address, Function<InRoom, CompletableFuture<T>> something) {
    Limits ofService = limits.apply(address.service());
    CommitAttempts attempts = new CommitAttempts(store, address, ofService, null);
    return shared
        .enter(address)
        .thenCompose(
            visit ->
                something
                    .apply(new InRoom(address, visit, attempts, ofService))
                    .whenComplete(
                        (done, error) -> {
                          visit.close();
                          attempts.release();
                        }))
        .exceptionallyCompose(error -> CompletableFuture.failedFuture(attempts.typed(error)));
  }

  /** For whoever is in a room to commit something. */
  final class InRoom {
    private final RoomAddress address;
    private final RoomVisit visit;
    private final CommitAttempts attempts;
    private final Limits ofService;

    private InRoom(
        RoomAddress address, RoomVisit visit, CommitAttempts attempts, Limits ofService) {
      this.address = address;
      this.visit = visit;
      this.attempts = attempts;
      this.ofService = ofService;
    }

    RoomVisit visit() {
      return visit;
    }

    /**
     * Tries a commit.
     *
     * @return completes when it has been performed here; with nothing, after a pause, if others
     *     were faster and it is to be tried again
     */
    CompletableFuture<Optional<CommitResult.Committed>> commit(
        List<Bytes> entries, RosterUpdate update) {
      return attempts
          .commit(
              id ->
                  KvTransaction.builder(id)
                      .quota(ofService.kvQuota())
                      .appends(entries)
                      .roster(update)
                      .build())
          .thenCompose(result -> performed(result, entries));
    }

    private CompletableFuture<Optional<CommitResult.Committed>> performed(
        CommitResult result, List<Bytes> entries) {
      if (result instanceof CommitResult.Committed committed) {
        return visit
            .whenPerformed(committed, entries, ofService.commitTime())
            .thenApply(done -> Optional.of(committed));
      }
      if (result instanceof CommitResult.Fenced) {
        shared.fenced(visit.server());
        return CompletableFuture.failedFuture(
            new StoreException(
                StoreException.Kind.UNAVAILABLE,
                "nothing was committed in the room %s: this server has lost its lease (rooms.lease), and starts over"
                    .formatted(address)));
      }
      return attempts.next().thenApply(pause -> Optional.empty());
    }
  }
}
