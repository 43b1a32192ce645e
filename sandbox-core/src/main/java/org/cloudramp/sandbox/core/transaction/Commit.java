package org.cloudramp.sandbox.core.transaction;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.core.kv.KvFailure;
import org.jspecify.annotations.Nullable;

/**
 * The commit of one run's writes. When nobody says what became of it, it is asked for again under
 * the same id, which the store applies once: the answer is then about the first time.
 */
final class Commit {
  private static final Executor SOON = CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);

  private final KvStore store;
  private final RoomAddress address;
  private final KvTransaction transaction;
  private final Duration patience;
  private final Runnable whenAskedAgain;
  private final long start = System.nanoTime();

  /** Whether any of the requests so far may have been carried out. */
  private volatile boolean mayHaveHappened;

  /** What the store said to the last request; null while it is under way. */
  private volatile @Nullable Throwable answer;

  /**
   * A commit that is to be confirmed within {@code patience}.
   *
   * @param whenAskedAgain told before each request but the first
   */
  Commit(
      KvStore store,
      RoomAddress address,
      KvTransaction transaction,
      Duration patience,
      Runnable whenAskedAgain) {
    this.store = store;
    this.address = address;
    this.transaction = transaction;
    this.patience = patience;
    this.whenAskedAgain = whenAskedAgain;
  }

  /**
   * Commits.
   *
   * @return already complete if the store answers at once; exceptionally with a {@link
   *     TimeoutException} when patience ends and it may or may not have happened, and with what the
   *     store said last if it has always said that it did not
   */
  CompletableFuture<CommitResult> confirm() {
    CompletableFuture<CommitResult> first = ask();
    if (first.isDone() && !first.isCompletedExceptionally()) {
      return first;
    }
    return first
        .exceptionallyCompose(this::again)
        .orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS)
        .exceptionallyCompose(error -> CompletableFuture.failedFuture(reason(error)));
  }

  private Throwable reason(Throwable error) {
    Throwable last = answer;
    return error instanceof TimeoutException && last != null && !mayHaveHappened ? last : error;
  }

  private CompletableFuture<CommitResult> ask() {
    answer = null;
    try {
      return store.commit(address, transaction).toCompletableFuture();
    } catch (RuntimeException e) { // a store that throws instead of failing its stage
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<CommitResult> again(Throwable error) {
    if (!(KvFailure.cause(error) instanceof StoreException failure)
        || failure.kind() == StoreException.Kind.TIMEOUT) {
      mayHaveHappened = true;
    }
    answer = error;
    if (isDecided(error)) {
      return CompletableFuture.failedFuture(error);
    }
    if (System.nanoTime() - start >= patience.toNanos()) {
      return CompletableFuture.failedFuture(new TimeoutException());
    }
    return CompletableFuture.runAsync(() -> {}, SOON)
        .thenCompose(
            pause -> {
              whenAskedAgain.run();
              return ask();
            })
        .exceptionallyCompose(this::again);
  }

  /** Whether the store has said no, and not only failed to say yes. */
  private static boolean isDecided(Throwable error) {
    return KvFailure.isFinal(error)
        || (KvFailure.cause(error) instanceof StoreException failure
            && failure.kind() == StoreException.Kind.CONFLICT);
  }
}
