package org.cloudramp.sandbox.kv.redis;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.error.StoreException;

/**
 * Sends commands; the stages that come back fail with nothing but typed errors. Thread-safe.
 *
 * <p>When a connection breaks, the driver sends again what was under way, but fails the one command
 * that it was about to read the answer of. That one is sent again here; not at once, for the driver
 * has yet to notice that the connection is closed.
 *
 * @param timeout after which a command is not sent again
 */
record RedisCalls(Duration timeout) {
  private static final Executor SOON = CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS);

  /**
   * Sends a command.
   *
   * @param answered what the answer means
   * @param failed what a failure means
   */
  <A, T> CompletionStage<T> call(
      Supplier<CompletionStage<A>> command,
      Function<A, T> answered,
      Function<Throwable, StoreException> failed) {
    CompletableFuture<T> stage = new CompletableFuture<>();
    send(command, answered, failed, stage, System.nanoTime() + timeout.toNanos());
    return stage;
  }

  private static <A, T> void send(
      Supplier<CompletionStage<A>> command,
      Function<A, T> answered,
      Function<Throwable, StoreException> failed,
      CompletableFuture<T> stage,
      long deadline) {
    try {
      command
          .get()
          .thenApply(answered)
          .whenComplete(
              (value, failure) -> {
                if (failure == null) {
                  stage.complete(value);
                } else if (RedisFailures.isBrokenConnection(failure)
                    && System.nanoTime() - deadline < 0) {
                  SOON.execute(() -> send(command, answered, failed, stage, deadline));
                } else {
                  stage.completeExceptionally(failed.apply(failure));
                }
              });
    } catch (RuntimeException refusedAtOnce) {
      stage.completeExceptionally(failed.apply(refusedAtOnce));
    }
  }
}
