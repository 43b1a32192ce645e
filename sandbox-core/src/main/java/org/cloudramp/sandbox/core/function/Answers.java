package org.cloudramp.sandbox.core.function;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.jspecify.annotations.Nullable;

/** How a guest's thread waits for what a function will have said. */
final class Answers {
  private Answers() {}

  /**
   * Waits no longer than the budget; then the answer is cancelled, with an interrupt if it has a
   * thread.
   *
   * @param function whose answer it is, for messages
   * @throws HostFunctionException of code timeout if it is not there in time, and unavailable if
   *     this thread is interrupted
   * @throws Exception what the answer failed with
   */
  static <T extends @Nullable Object> T within(Duration budget, String function, Future<T> answer)
      throws Exception {
    try {
      return answer.get(budget.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new HostFunctionException(
          HostFunctionException.TIMEOUT,
          "'%s' did not answer within %d ms".formatted(function, budget.toMillis()),
          e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new HostFunctionException(
          HostFunctionException.UNAVAILABLE, "'%s' was interrupted".formatted(function), e);
    }
  }
}
