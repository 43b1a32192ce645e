package org.cloudramp.sandbox.core.memory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.jspecify.annotations.Nullable;

/**
 * All that an instance remembered at one moment. Immutable. Granules that are all zero take
 * nothing, and those that one state has in common with the one before it are the same objects: so
 * two states are compared, and one made of the other, by looking at references.
 */
final class MemoryState {
  /** Small enough that a hook which changes a number commits little, and large enough to be few. */
  static final int GRANULE_BYTES = 4 << 10;

  private static final int GRANULES_PER_PAGE = Memory.PAGE_BYTES / GRANULE_BYTES;
  private static final byte[] ZEROS = new byte[GRANULE_BYTES];

  /** What there was before the first hook. */
  static final MemoryState NOTHING = new MemoryState(new byte[0], 0, new byte[0][]);

  private final byte[] globals;
  private final int pages;

  /** All of the memory in its order; null for zeros. Neither the array nor a granule is changed. */
  private final byte[] @Nullable [] granules;

  private final int kept;

  private MemoryState(byte[] globals, int pages, byte[] @Nullable [] granules) {
    this.globals = globals;
    this.pages = pages;
    this.granules = granules;
    int count = 0;
    for (byte[] granule : granules) {
      count += granule == null ? 0 : 1;
    }
    this.kept = count;
  }

  /**
   * A state that was read.
   *
   * @param granules as many as the pages have; null for zeros. Not copied, not to be changed
   */
  static MemoryState of(byte[] globals, int pages, byte[] @Nullable [] granules) {
    return new MemoryState(globals, pages, granules);
  }

  /** A granule that is all zero. */
  static Bytes zeros() {
    return Bytes.adopt(ZEROS);
  }

  /** How many granules so many pages have. */
  static int granulesOf(int pages) {
    return pages * GRANULES_PER_PAGE;
  }

  byte[] globals() {
    return globals;
  }

  int pages() {
    return pages;
  }

  /** One of the granules; null for zeros, also beyond the memory. */
  byte @Nullable [] granule(int index) {
    return index < granules.length ? granules[index] : null;
  }

  /** Those that are not all zero, in their order. */
  List<Integer> kept() {
    List<Integer> indexes = new ArrayList<>(kept);
    for (int i = 0; i < granules.length; i++) {
      if (granules[i] != null) {
        indexes.add(i);
      }
    }
    return indexes;
  }

  /** How many bytes the granules take that are not all zero. */
  long bytes() {
    return (long) kept * GRANULE_BYTES;
  }

  /** How many bytes this takes beside another. */
  long bytesBeside(@Nullable MemoryState other) {
    if (other == null) {
      return bytes();
    }
    long bytes = 0;
    for (int i = 0; i < granules.length; i++) {
      bytes += granules[i] != null && granules[i] != other.granule(i) ? GRANULE_BYTES : 0;
    }
    return bytes;
  }

  /** Whether it is the same as one that it was made of, or that was made of it. */
  boolean isSameAs(MemoryState other) {
    if (this == other) {
      return true;
    }
    if (pages != other.pages || !Arrays.equals(globals, other.globals)) {
      return false;
    }
    for (int i = 0; i < granules.length; i++) {
      if (granules[i] != other.granules[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * What an instance remembers now, that was in this state before a hook.
   *
   * @param maxBytes its granules may have, unless they have no more than before
   * @return this state if nothing has changed, or one that shares with it what is the same; null if
   *     there would be more
   * @throws GuestException if it cannot be read; close the instance
   */
  @Nullable MemoryState next(GuestInstance instance, long maxBytes, Duration budget) {
    byte[] globalsNow = instance.globals(budget);
    int pagesNow = Math.toIntExact(instance.memoryBytes() / Memory.PAGE_BYTES);
    byte[] @Nullable [] now = new byte[granulesOf(pagesNow)][];
    long most = Math.max(maxBytes, bytes()) / GRANULE_BYTES;
    byte[] read = new byte[GRANULE_BYTES];
    boolean changed = pagesNow != pages || !Arrays.equals(globalsNow, globals);
    int count = 0;
    for (int i = 0; i < now.length; i++) {
      byte[] before = granule(i);
      instance.readWithoutEvent(i * GRANULE_BYTES, read);
      if (Arrays.equals(read, before == null ? ZEROS : before)) {
        now[i] = before;
      } else if (!Arrays.equals(read, ZEROS)) {
        now[i] = read;
        read = new byte[GRANULE_BYTES];
      }
      changed |= now[i] != before;
      count += now[i] == null ? 0 : 1;
      if (count > most) {
        return null;
      }
    }
    return changed ? new MemoryState(globalsNow, pagesNow, now) : this;
  }

  /**
   * Brings an instance to this state.
   *
   * @param held the state that it is in; null if nobody knows
   * @return whether that was possible; if not, close the instance
   * @throws GuestException if that failed; close the instance
   */
  boolean putInto(GuestInstance instance, @Nullable MemoryState held, Duration budget) {
    int overwritten = 0;
    if (held == null || held.pages != pages || !Arrays.equals(held.globals, globals)) {
      if (!instance.setGlobals(globals, pages, budget)) {
        return false;
      }
      overwritten = globals.length + Integer.BYTES;
    }
    for (int i = 0; i < granules.length; i++) {
      byte[] granule = granules[i];
      if (held == null || i * GRANULE_BYTES < overwritten || held.granule(i) != granule) {
        instance.write(i * GRANULE_BYTES, granule == null ? ZEROS : granule);
      }
    }
    return true;
  }
}
