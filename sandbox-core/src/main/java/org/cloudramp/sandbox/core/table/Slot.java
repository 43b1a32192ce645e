package org.cloudramp.sandbox.core.table;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.ModuleVersion;

/**
 * One loaded module with its last-request time and the number of its leases. Once retired it takes
 * no more leases, and disposes of its module when the last one is back.
 */
final class Slot<M extends AutoCloseable> {
  private static final int RETIRED = Integer.MIN_VALUE;

  private final ModuleVersion version;
  private final M module;
  private final Consumer<Slot<M>> whenUnused;

  /** The count of pins, and {@link #RETIRED} once evicted. */
  private final AtomicInteger pins;

  private final AtomicLong lastRequest;

  Slot(ModuleVersion version, M module, long lastRequest, int pins, Consumer<Slot<M>> whenUnused) {
    this.version = version;
    this.module = module;
    this.lastRequest = new AtomicLong(lastRequest);
    this.pins = new AtomicInteger(pins);
    this.whenUnused = whenUnused;
  }

  ModuleVersion version() {
    return version;
  }

  M module() {
    return module;
  }

  long lastRequest() {
    return lastRequest.get();
  }

  int leases() {
    return pins.get() & ~RETIRED;
  }

  /** Somebody may have come later and said so before. */
  void requested(long now) {
    long before = lastRequest.get();
    while (now - before > 0 && !lastRequest.compareAndSet(before, now)) {
      before = lastRequest.get();
    }
  }

  /** Counts one more lease, unless the slot is retired. */
  boolean pin() {
    int before;
    do {
      before = pins.get();
      if (before < 0) {
        return false;
      }
    } while (!pins.compareAndSet(before, before + 1));
    return true;
  }

  void unpin() {
    if (pins.decrementAndGet() == RETIRED) {
      whenUnused.accept(this);
    }
  }

  /**
   * As {@link #retire}, without telling anybody: whether it had no lease, and the caller disposes.
   */
  boolean retireIfUnused() {
    return pins.compareAndSet(0, RETIRED);
  }

  /** Takes no more leases from now on. Called once. */
  void retire() {
    if (pins.getAndUpdate(count -> count | RETIRED) == 0) {
      whenUnused.accept(this);
    }
  }
}
