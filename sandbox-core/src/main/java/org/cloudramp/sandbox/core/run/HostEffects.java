package org.cloudramp.sandbox.core.run;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.shared.Presence;
import org.cloudramp.sandbox.core.shared.RoomVisit;
import org.cloudramp.sandbox.core.shared.SharedRooms;
import org.cloudramp.sandbox.core.transaction.CommitAttempts;

/** What the host itself does in rooms of many servers: a commit of one entry each. Thread-safe. */
public final class HostEffects {
  private final SharedRooms shared;
  private final KvStore store;
  private final Function<ServiceId, Limits> limits;

  /**
   * Effects that are committed in {@code store}.
   *
   * @param limits of a service's hooks, which hold for the host's commits too
   */
  public HostEffects(SharedRooms shared, KvStore store, Function<ServiceId, Limits> limits) {
    this.shared = shared;
    this.store = store;
    this.limits = limits;
  }

  /**
   * Commits an effect; does not wait.
   *
   * @param function both parts of its name
   * @return completes when it is committed and has happened here; exceptionally with a typed error
   * @throws IllegalArgumentException if there is no such effect, or it does not happen everywhere
   */
  public CompletableFuture<Void> perform(
      RoomAddress address, String function, Object... arguments) {
    List<Bytes> entries = List.of(shared.entry(function, arguments));
    Limits ofService = limits.apply(address.service());
    CommitAttempts attempts = new CommitAttempts(store, address, ofService, null);
    return shared
        .enter(address)
        .thenCompose(
            visit ->
                commit(visit, attempts, entries, ofService)
                    .whenComplete(
                        (done, error) -> {
                          visit.close();
                          attempts.release();
                        }))
        .exceptionallyCompose(error -> CompletableFuture.failedFuture(attempts.typed(error)));
  }

  private CompletableFuture<Void> commit(
      RoomVisit visit, CommitAttempts attempts, List<Bytes> entries, Limits ofService) {
    Presence presence = visit.bystander();
    return attempts
        .commit(
            id ->
                KvTransaction.builder(id)
                    .quota(ofService.kvQuota())
                    .appends(entries)
                    .roster(presence.update())
                    .build())
        .thenCompose(
            result -> {
              if (result instanceof CommitResult.Committed committed) {
                return visit.whenPerformed(committed, entries, ofService.commitTime());
              }
              if (result instanceof CommitResult.Fenced) {
                shared.fenced(visit.server());
                return CompletableFuture.failedFuture(
                    new StoreException(
                        StoreException.Kind.UNAVAILABLE,
                        "nothing was committed: this server has lost its lease (rooms.lease), and starts over"));
              }
              return attempts
                  .next()
                  .thenCompose(pause -> commit(visit, attempts, entries, ofService));
            });
  }
}
