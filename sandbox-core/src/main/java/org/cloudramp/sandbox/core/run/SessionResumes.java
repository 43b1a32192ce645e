package org.cloudramp.sandbox.core.run;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.extension.SessionAnswer;
import org.cloudramp.sandbox.api.extension.SessionProof;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.shared.RoomVisit;
import org.cloudramp.sandbox.core.shared.SessionMove;
import org.cloudramp.sandbox.core.shared.SharedRooms;
import org.cloudramp.sandbox.core.transaction.CommitAttempts;

/**
 * Lets sessions go on here: one commit, which one of all who try at a time wins. For a turn of the
 * room, so that no hook of the session runs on this server meanwhile. Thread-safe.
 */
public final class SessionResumes {
  private final SharedRooms shared;
  private final KvStore store;
  private final Function<ServiceId, Limits> limits;

  /**
   * Sessions of the members that rosters of {@code store} name.
   *
   * @param limits of a service's hooks, which hold for these commits too
   */
  public SessionResumes(SharedRooms shared, KvStore store, Function<ServiceId, Limits> limits) {
    this.shared = shared;
    this.store = store;
    this.limits = limits;
  }

  /**
   * Tries it; does not wait.
   *
   * @param whenFound told who it is, before the commit; may be told again after a conflict
   * @return completes when it is known here; exceptionally with a typed error
   */
  public CompletableFuture<SessionAnswer> resume(
      RoomAddress address, SessionProof proof, Consumer<Identity> whenFound) {
    CommitAttempts attempts =
        new CommitAttempts(store, address, limits.apply(address.service()), null);
    // Anybody can ask for a room of any name: only one that has the session is entered for it.
    return shared
        .member(address, proof.connection())
        .toCompletableFuture()
        .thenCompose(
            member ->
                member.isEmpty()
                    ? CompletableFuture.completedFuture(new SessionAnswer.Unknown())
                    : enter(address, proof, whenFound, attempts))
        .exceptionallyCompose(error -> CompletableFuture.failedFuture(attempts.typed(error)));
  }

  private CompletableFuture<SessionAnswer> enter(
      RoomAddress address,
      SessionProof proof,
      Consumer<Identity> whenFound,
      CommitAttempts attempts) {
    return shared
        .enter(address)
        .thenCompose(
            visit ->
                attempt(new Attempt(visit, address, proof, whenFound, attempts))
                    .whenComplete(
                        (done, error) -> {
                          visit.close();
                          attempts.release();
                        }));
  }

  private record Attempt(
      RoomVisit visit,
      RoomAddress address,
      SessionProof proof,
      Consumer<Identity> whenFound,
      CommitAttempts attempts) {}

  private CompletableFuture<SessionAnswer> attempt(Attempt attempt) {
    return SessionMove.find(attempt.visit(), attempt.proof())
        .thenCompose(
            found -> {
              if (found instanceof SessionMove.Impossible impossible) {
                return CompletableFuture.completedFuture(impossible.why());
              }
              return commit(attempt, ((SessionMove.Possible) found).move());
            })
        .toCompletableFuture();
  }

  private CompletableFuture<SessionAnswer> commit(Attempt attempt, SessionMove move) {
    if (!move.isLost()) {
      attempt.whenFound().accept(move.identity());
    }
    Limits ofService = limits.apply(attempt.address().service());
    return attempt
        .attempts()
        .commit(
            id ->
                KvTransaction.builder(id)
                    .quota(ofService.kvQuota())
                    .appends(move.entries())
                    .roster(move.update())
                    .build())
        .thenCompose(
            result -> {
              if (result instanceof CommitResult.Committed committed) {
                LogPosition from = committed.first().orElse(LogPosition.none());
                return attempt
                    .visit()
                    .whenPerformed(committed, move.entries(), ofService.commitTime())
                    .thenCompose(
                        done ->
                            move.answer(
                                attempt.visit(),
                                attempt.proof(),
                                new SessionAnswer.Resumed(0, from)));
              }
              if (result instanceof CommitResult.Fenced) {
                shared.fenced(attempt.visit().server());
                return CompletableFuture.failedFuture(
                    new StoreException(
                        StoreException.Kind.UNAVAILABLE,
                        "no session was resumed in the room %s: this server has lost its lease (rooms.lease), and starts over"
                            .formatted(attempt.address())));
              }
              return attempt.attempts().next().thenCompose(pause -> attempt(attempt));
            });
  }
}
