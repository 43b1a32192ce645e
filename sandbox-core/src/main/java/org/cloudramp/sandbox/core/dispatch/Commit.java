package org.cloudramp.sandbox.core.dispatch;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;

/**
 * The commit of one run's writes. When nobody says what became of it, it is asked for again under
 * the same id, which the store applies once: the answer is then about the first time.
 */
final class Commit {
  private static final Executor SOON = CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);

  private final KvStore store;
  private final KvOverlay keys;
  private final KvTransaction transaction;
  private final Duration patience;
  private final long start = System.nanoTime();

  /**
   * A commit of what {@code keys} has read and written, to be confirmed within {@code patience}.
   */
  Commit(KvStore store, KvOverlay keys, Duration patience) {
    this.store = store;
    this.keys = keys;
    this.transaction = keys.transaction(UUID.randomUUID().toString());
    this.patience = patience;
  }

  /**
   * Commits.
   *
   * @return already complete if the store answers at once; exceptionally with a {@link
   *     java.util.concurrent.TimeoutException} when patience ends, and then it may or may not have
   *     happened
   */
  CompletableFuture<CommitResult> confirm() {
    CompletableFuture<CommitResult> first = ask();
    if (first.isDone() && !first.isCompletedExceptionally()) {
      return first;
    }
    return first
        .exceptionallyCompose(this::again)
        .orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  private CompletableFuture<CommitResult> ask() {
    try {
      return store.commit(keys.scope(), transaction).toCompletableFuture();
    } catch (RuntimeException e) { // a store that throws instead of failing its stage
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<CommitResult> again(Throwable error) {
    if (isDecided(error) || System.nanoTime() - start >= patience.toNanos()) {
      return CompletableFuture.failedFuture(error);
    }
    return CompletableFuture.runAsync(() -> {}, SOON)
        .thenCompose(pause -> ask())
        .exceptionallyCompose(this::again);
  }

  /** Whether the store has said no, and not only failed to say yes. */
  private static boolean isDecided(Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    return !(cause instanceof StoreException failure)
        || failure.kind() == StoreException.Kind.REFUSED
        || failure.kind() == StoreException.Kind.CONFLICT;
  }
}
