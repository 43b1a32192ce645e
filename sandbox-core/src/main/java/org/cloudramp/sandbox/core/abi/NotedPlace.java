package org.cloudramp.sandbox.core.abi;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.InertText;

/**
 * Where in its source a guest has been last, as it notes in its memory: the address of a file's
 * name, and line and column in one word. It is the guest's word and may be anything.
 */
final class NotedPlace {
  /** What there is at the address that the guest gives. */
  static final int BYTES = 8;

  /** As the first word: nothing is noted. */
  static final int NONE = 0;

  private static final int POSITION = 4;
  private static final int COLUMN_BITS = 10;
  private static final int COLUMN_MASK = (1 << COLUMN_BITS) - 1;

  /** As of an abort: enough to find the place. */
  private static final int MAX_FILE_BYTES = 200;

  private NotedPlace() {}

  /**
   * Reads the place from the memory of a guest that does not run.
   *
   * @return empty if nothing is noted, or what is noted is no place
   */
  static Optional<String> in(Memory memory, int address) {
    try {
      int file = memory.readInt(address);
      int position = memory.readInt(address + POSITION);
      int length = file == NONE ? 0 : memory.readInt(file);
      if (length < 1 || length > MAX_FILE_BYTES) {
        return Optional.empty();
      }
      byte[] name = new byte[length];
      memory.read(file + Integer.BYTES, name, 0, length);
      return Optional.of(
          "%s:%d:%d"
              .formatted(
                  InertText.escape(new String(name, StandardCharsets.UTF_8)),
                  position >>> COLUMN_BITS,
                  position & COLUMN_MASK));
    } catch (IndexOutOfBoundsException e) {
      return Optional.empty(); // not within the memory
    }
  }
}
