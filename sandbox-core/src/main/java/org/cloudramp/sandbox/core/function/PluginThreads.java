package org.cloudramp.sandbox.core.function;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the code of one provider on threads of its own. Code that does not return costs one of these
 * threads, and not the room that called; and when none is left, the provider is unavailable, and
 * not the host. Thread-safe.
 */
final class PluginThreads implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PluginThreads.class);
  private static final Duration IDLE = Duration.ofMinutes(1);
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final String provider;
  private final ThreadPoolExecutor threads;

  /**
   * Starts no thread yet.
   *
   * @param most calls that may run at a time, those included that nobody waits for any more
   */
  PluginThreads(HostFunctionProvider provider, int most) {
    this.provider = provider.name();
    this.threads =
        new ThreadPoolExecutor(
            0,
            most,
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            threadFactory(provider));
  }

  private static java.util.concurrent.ThreadFactory threadFactory(HostFunctionProvider provider) {
    AtomicInteger made = new AtomicInteger();
    return code -> {
      Thread thread =
          new Thread(
              code, "sandbox-plugin-%s-%d".formatted(provider.name(), made.incrementAndGet()));
      thread.setDaemon(true); // one that never returns must not keep the process from ending
      // Libraries that a plugin brings along look here for their own parts.
      thread.setContextClassLoader(provider.getClass().getClassLoader());
      return thread;
    };
  }

  /**
   * Runs code and waits for it, not longer than the budget; then its thread is interrupted and left
   * alone.
   *
   * @param function whose code it is, for messages
   * @throws HostFunctionException of code timeout if it did not return in time, and unavailable if
   *     no thread is left
   */
  <T> T call(String function, Duration budget, Callable<T> code) throws Exception {
    if (budget.isNegative() || budget.isZero()) {
      throw new HostFunctionException(
          HostFunctionException.TIMEOUT, "no time is left for '%s'".formatted(function));
    }
    FutureTask<T> task = new FutureTask<>(code);
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      throw new HostFunctionException(
          HostFunctionException.UNAVAILABLE,
          "'%s' is not available: too many calls of '%s' have not returned"
              .formatted(function, provider),
          e);
    }
    return Answers.within(budget, function, task);
  }

  /** Interrupts what still runs, and waits a second for it. Idempotent. */
  @Override
  public void close() {
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn(
            "plugin '{}': {} calls have not returned and are left behind",
            provider,
            threads.getActiveCount());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
