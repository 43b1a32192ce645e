package org.cloudramp.sandbox.core.table;

/**
 * Keeps a module in memory while something runs in it: what is leased is never closed. Give it back
 * soon, on any thread: an evicted slot is free for its successor only when its last lease is back.
 *
 * @param <M> what a slot holds
 */
public final class Lease<M extends AutoCloseable> implements AutoCloseable {
  private final Slot<M> slot;
  private boolean returned;

  /** Takes over a pin that the slot already counts. */
  Lease(Slot<M> slot) {
    this.slot = slot;
  }

  /** What the slot holds. */
  public M module() {
    return slot.module();
  }

  /** Gives the lease back. Idempotent; one thread at a time. */
  @Override
  public void close() {
    if (!returned) {
      returned = true;
      slot.unpin();
    }
  }
}
