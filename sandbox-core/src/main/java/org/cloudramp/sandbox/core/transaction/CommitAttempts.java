package org.cloudramp.sandbox.core.transaction;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.HostException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.SandboxObserver;
import org.cloudramp.sandbox.core.SandboxObserver.CommitEnd;
import org.cloudramp.sandbox.core.SandboxObserver.Retry;
import org.cloudramp.sandbox.core.kv.KvFailure;
import org.jspecify.annotations.Nullable;

/**
 * The commits of one hook, until one succeeds: how often it may lose to others, how long it pauses
 * in between, and the reservation of the room when pausing has not helped. One step at a time, on
 * any thread.
 */
public final class CommitAttempts {
  private final KvStore store;
  private final RoomAddress address;
  private final Limits limits;
  private final ConflictBackoff backoff;
  private final @Nullable SandboxObserver observer;
  private int conflicts;

  /** The id of the transaction that the room is reserved for, if it is. */
  private Optional<String> reservedFor = Optional.empty();

  /**
   * No attempt yet.
   *
   * @param observer told of each; null if there is none
   */
  public CommitAttempts(
      KvStore store, RoomAddress address, Limits limits, @Nullable SandboxObserver observer) {
    this.store = store;
    this.address = address;
    this.limits = limits;
    this.observer = observer;
    this.backoff = new ConflictBackoff(store, address, limits.time(), limits.commitTime());
  }

  /**
   * Commits.
   *
   * @param transaction what is committed under an id
   * @return already complete if the store answers at once; exceptionally with what {@link #typed}
   *     makes a typed error of
   */
  public CompletableFuture<CommitResult> commit(Function<String, KvTransaction> transaction) {
    String id = reservedFor.orElseGet(TransactionIds::next);
    reservedFor = Optional.empty(); // whatever the store says, it has ended the reservation
    SandboxObserver told = observer;
    if (told == null) {
      return commit(transaction.apply(id), () -> {}).confirm();
    }
    long begin = System.nanoTime();
    CompletableFuture<CommitResult> confirmed =
        commit(transaction.apply(id), () -> told.retried(Retry.UNCONFIRMED)).confirm();
    CompletableFuture<CommitResult> unused =
        confirmed.whenComplete(
            (result, error) -> told.commitEnded(end(result), System.nanoTime() - begin));
    return confirmed;
  }

  private Commit commit(KvTransaction transaction, Runnable whenAskedAgain) {
    return new Commit(store, address, transaction, limits.commitTime(), whenAskedAgain);
  }

  private static CommitEnd end(@Nullable CommitResult result) {
    if (result == null) {
      return CommitEnd.FAILED;
    }
    if (result instanceof CommitResult.Fenced) {
      return CommitEnd.FAILED;
    }
    return result.isCommitted() ? CommitEnd.COMMITTED : CommitEnd.CONFLICT;
  }

  /**
   * Others were faster: waits until the hook may run again.
   *
   * @return exceptionally with a {@link StoreException} of kind conflict if it has lost too often
   */
  public CompletableFuture<Void> next() {
    if (++conflicts >= limits.attempts()) {
      return CompletableFuture.failedFuture(
          new StoreException(
              StoreException.Kind.CONFLICT,
              "others changed the same keys in each of %d attempts (limits.attempts)"
                  .formatted(conflicts)));
    }
    if (observer != null) {
      observer.retried(Retry.CONFLICT);
    }
    return backoff.next(conflicts).thenAccept(reserved -> reservedFor = reserved);
  }

  /** Forgets the conflicts so far: what is committed next is something else. */
  public void restart() {
    release();
    conflicts = 0;
  }

  /** Ends the reservation, if there is one: nothing will be committed under it. */
  public void release() {
    Optional<String> reserved = reservedFor;
    reservedFor = Optional.empty(); // first, so that a store which throws is not asked again
    reserved.ifPresent(backoff::release);
  }

  /** What a failed stage means; a failure that is no typed one is the host's. */
  public SandboxException typed(Throwable failure) {
    Throwable cause = KvFailure.cause(failure);
    if (cause instanceof SandboxException typed) {
      return typed;
    }
    if (cause instanceof TimeoutException) {
      return new StoreException(
          StoreException.Kind.TIMEOUT,
          "KV store '%s' did not confirm the commit within %s (limits.commitTime); it may have happened"
              .formatted(store.name(), limits.commitTime()),
          cause);
    }
    return new HostException("internal error: " + cause, cause);
  }
}
