package org.cloudramp.sandbox.core.run;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.core.Limits;

/**
 * That a timer is still set when its turn comes in its room, and stays this process's while its
 * hook runs: a hook before it may have cancelled it, or set it anew.
 */
final class TimerHold {
  /** For what a hook does besides running and committing: reads, a wait for its module. */
  private static final Duration ALLOWANCE = Duration.ofSeconds(1);

  private TimerHold() {}

  /**
   * Asks the store.
   *
   * @return whether it is set; exceptionally with a {@link StoreException} if the store cannot be
   *     asked
   */
  static CompletableFuture<Boolean> of(RoomTimer timer, KvStore store, Limits limits, Clock clock) {
    if (store.timers().isEmpty()) {
      return CompletableFuture.completedFuture(false);
    }
    Duration hookAndOnError = limits.time().multipliedBy(2);
    Instant until =
        clock
            .instant()
            .plus(hookAndOnError)
            .plus(limits.initializeTime())
            .plus(limits.commitTime())
            .plus(ALLOWANCE);
    try {
      return store.timers().get().defer(timer, timer.attempt(), until).toCompletableFuture();
    } catch (RuntimeException e) { // a store that throws instead of failing its stage
      return CompletableFuture.failedFuture(e);
    }
  }
}
