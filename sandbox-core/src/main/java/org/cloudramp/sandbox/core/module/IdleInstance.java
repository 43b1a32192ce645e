package org.cloudramp.sandbox.core.module;

import java.util.function.Consumer;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.cloudramp.sandbox.core.memory.RoomCopy;
import org.jspecify.annotations.Nullable;

/**
 * An instance that nobody runs now. Compared by identity.
 *
 * <p>Its size is taken once: nothing can grow while nobody runs it.
 */
final class IdleInstance implements Evictable {
  private final GuestInstance instance;
  private final boolean used;
  private final @Nullable RoomMemory home;
  private final @Nullable RoomCopy copy;
  private final long bytes;
  private final Consumer<IdleInstance> owner;

  /**
   * An idle instance.
   *
   * @param used whether a hook has run in it
   * @param home the room that it belongs to; null if it belongs to none
   * @param copy of that room's memory, where that is in the store
   * @param bytes what it and the copy take
   * @param owner told when it is evicted
   */
  IdleInstance(
      GuestInstance instance,
      boolean used,
      @Nullable RoomMemory home,
      @Nullable RoomCopy copy,
      long bytes,
      Consumer<IdleInstance> owner) {
    this.instance = instance;
    this.used = used;
    this.home = home;
    this.copy = copy;
    this.bytes = bytes;
    this.owner = owner;
  }

  GuestInstance instance() {
    return instance;
  }

  boolean used() {
    return used;
  }

  /** Whether a hook has run in it, and it belongs to that room, or to none, as before. */
  boolean isUsedBy(@Nullable RoomMemory room, @Nullable RoomCopy itsCopy) {
    return used && home == room && copy == itsCopy;
  }

  @Nullable RoomMemory home() {
    return home;
  }

  @Nullable RoomCopy copy() {
    return copy;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void evict() {
    owner.accept(this);
    instance.close();
  }
}
