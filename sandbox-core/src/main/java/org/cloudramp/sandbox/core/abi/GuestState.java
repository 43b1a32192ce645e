package org.cloudramp.sandbox.core.abi;

import org.cloudramp.sandbox.api.engine.Memory;

/**
 * All that an instance remembers between two hooks, in a form that does not depend on the engine.
 * Tables and segments are not part of it: the gate lets no module change them.
 *
 * @param globals the mutable ones in their order, eight bytes for each, little-endian; of one of 32
 *     bits the upper four are zero. Not copied, not to be changed
 * @param memory all of it, whole pages. Not copied, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody, and large
public record GuestState(byte[] globals, byte[] memory) {
  /** How far apart the globals are. */
  public static final int GLOBAL_BYTES = 8;

  /**
   * @throws IllegalArgumentException if the sizes are none that a guest can have
   */
  public GuestState {
    if (globals.length % GLOBAL_BYTES != 0 || memory.length % Memory.PAGE_BYTES != 0) {
      throw new IllegalArgumentException(
          "%d bytes of globals and %d of memory are no state of a guest"
              .formatted(globals.length, memory.length));
    }
  }

  /** How many pages of 64 KiB its memory has. */
  public int pages() {
    return memory.length / Memory.PAGE_BYTES;
  }
}
