package org.cloudramp.sandbox.core.function;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs the faults of one host function, each second one of them: a guest that calls a broken
 * function in a loop must not fill the disk. Thread-safe.
 */
final class FaultLog {
  private static final Logger log = LoggerFactory.getLogger(FaultLog.class);
  private static final long INTERVAL = TimeUnit.SECONDS.toNanos(1);

  private final String function;
  private final AtomicLong next = new AtomicLong(System.nanoTime());
  private final AtomicLong unsaid = new AtomicLong();

  FaultLog(String function) {
    this.function = function;
  }

  void add(HookScope scope, Throwable fault) {
    long now = System.nanoTime();
    long due = next.get();
    if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL)) {
      unsaid.incrementAndGet();
      return;
    }
    log.error(
        "host function '{}' failed in {}, room '{}', {}; {} times more since this was last said",
        function,
        scope.version(),
        scope.room(),
        scope.hook(),
        unsaid.getAndSet(0),
        fault);
  }
}
