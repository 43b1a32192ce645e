package org.cloudramp.sandbox.core.memory;

import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What was read of a room's memory, at one moment. Immutable.
 *
 * @param held what the key of the index held; empty if there was none
 * @param index what that says, of whichever module; null if there is none that can be read
 * @param state the memory; null if there is none of the module that asks
 */
record StoredMemory(
    Optional<Bytes> held, @Nullable MemoryIndex index, @Nullable MemoryState state) {
  /** Nothing of it is usable. */
  static StoredMemory unusable(Optional<Bytes> held, @Nullable MemoryIndex index) {
    return new StoredMemory(held, index, null);
  }
}
