package org.cloudramp.sandbox.core.module;

import org.cloudramp.sandbox.core.memory.RoomCopy;
import org.jspecify.annotations.Nullable;

/**
 * What the guest of one room keeps between hooks: no more than one instance, of one version. A room
 * whose next hook runs in another version loses it, so that it cannot wake up later with the memory
 * it had before. Thread-safe.
 */
public final class RoomMemory {
  private final Runnable whenGone;

  // Guarded by this.
  private @Nullable LoadedModule owner;
  private @Nullable IdleInstance kept;

  private boolean toldOfOthers;

  /**
   * The memory of a room that keeps none yet.
   *
   * @param whenGone run, without any lock, when what it kept was taken from it
   */
  public RoomMemory(Runnable whenGone) {
    this.whenGone = whenGone;
  }

  /** Whether nothing is kept. */
  public synchronized boolean isEmpty() {
    return kept == null;
  }

  /** How many bytes are kept. */
  public synchronized long bytes() {
    return kept == null ? 0 : kept.bytes();
  }

  /**
   * What is kept of a memory that is in the store; null if there is none, or it is not kept here.
   */
  public synchronized @Nullable RoomCopy copy() {
    return kept == null ? null : kept.copy();
  }

  /**
   * Whether it is the first time that somebody tells of other servers that keep one of their own.
   */
  public synchronized boolean isFirstToldOfOthers() {
    boolean isFirst = !toldOfOthers;
    toldOfOthers = true;
    return isFirst;
  }

  /** A hook is going to run in {@code module}: what another one has kept here is closed. */
  void enter(LoadedModule module) {
    LoadedModule other;
    synchronized (this) {
      other = owner == module ? null : owner;
    }
    if (other != null) {
      other.forget(this);
    }
  }

  synchronized void keep(LoadedModule module, IdleInstance instance) {
    owner = module;
    kept = instance;
  }

  /** Gives what {@code module} keeps here, and keeps it no more. */
  synchronized @Nullable IdleInstance take(LoadedModule module) {
    if (owner != module) {
      return null;
    }
    IdleInstance taken = kept;
    owner = null;
    kept = null;
    return taken;
  }

  /** What was kept here has gone. Called without any lock. */
  void gone(IdleInstance instance) {
    synchronized (this) {
      if (kept == instance) {
        owner = null;
        kept = null;
      }
    }
    whenGone.run();
  }
}
