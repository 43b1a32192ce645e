package org.cloudramp.sandbox.core.gate;

import java.util.Arrays;

/**
 * Where the bulk operations of a module are, in its order. {@link ModuleWriter} puts a call of an
 * empty function in front of each, because not every engine looks at the time between two of them,
 * but every engine does at a call.
 */
final class BulkOperations {
  private int[] offsets = new int[16];
  private int count;

  /** One more, whose first byte is at {@code offset} in the file. */
  void add(int offset) {
    if (count == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * count);
    }
    offsets[count++] = offset;
  }

  int count() {
    return count;
  }

  /** The offset in the file of the first byte of one of them. */
  int offset(int index) {
    return offsets[index];
  }
}
