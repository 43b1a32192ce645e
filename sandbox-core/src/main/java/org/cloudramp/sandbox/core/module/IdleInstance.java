package org.cloudramp.sandbox.core.module;

import java.util.function.Consumer;
import org.cloudramp.sandbox.core.abi.GuestInstance;

/**
 * An instance that nobody runs now. Compared by identity.
 *
 * <p>Its size is taken once: nothing can grow while nobody runs it.
 */
final class IdleInstance {
  private final GuestInstance instance;
  private final boolean used;
  private final long bytes;
  private final Consumer<IdleInstance> owner;

  /**
   * An idle instance.
   *
   * @param used whether a hook has run in it
   * @param owner told when it is evicted
   */
  IdleInstance(GuestInstance instance, boolean used, Consumer<IdleInstance> owner) {
    this.instance = instance;
    this.used = used;
    this.bytes = instance.memoryBytes();
    this.owner = owner;
  }

  GuestInstance instance() {
    return instance;
  }

  boolean used() {
    return used;
  }

  long bytes() {
    return bytes;
  }

  /** Its memory is needed elsewhere. */
  void evict() {
    owner.accept(this);
    instance.close();
  }
}
