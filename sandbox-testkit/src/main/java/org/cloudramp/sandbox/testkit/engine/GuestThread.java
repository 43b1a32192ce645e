package org.cloudramp.sandbox.testkit.engine;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A thread as the framework gives it to guests: its stack is 2 MiB. */
public final class GuestThread {
  /** How large the stack of a thread is on which the framework runs guests, in bytes. */
  public static final int STACK_BYTES = 2 << 20;

  private GuestThread() {}

  /**
   * Does {@code work} on a new thread and waits for it.
   *
   * @throws Exception what {@code work} throws
   */
  public static <T> T call(Callable<T> work) throws Exception {
    CompletableFuture<T> result = start(work);
    try {
      return result.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof Exception exception ? exception : e;
    }
  }

  /** Does {@code work} on a new thread. */
  public static <T> CompletableFuture<T> start(Callable<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                result.complete(work.call());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            },
            "guest",
            STACK_BYTES);
    thread.setDaemon(true);
    thread.start();
    return result;
  }
}
