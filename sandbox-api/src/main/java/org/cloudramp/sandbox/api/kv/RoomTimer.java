package org.cloudramp.sandbox.api.kv;

import java.time.Instant;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;

/**
 * A timer that is set in a room.
 *
 * @param address the room
 * @param name what the guest calls it: one timer in a room has it
 * @param due when it is to fire, in whole milliseconds; stays the same however often it is tried
 * @param attempt how often it has been tried in vain
 * @param id of the transaction that has set it: a timer that is set anew has another
 */
@Experimental
public record RoomTimer(RoomAddress address, String name, Instant due, int attempt, String id) {
  /** What a timer counts towards the bytes of its service: about what it costs a store. */
  public static final int BYTES = 512;

  /** How many bytes a name may have in UTF-8. */
  public static final int MAX_NAME_BYTES = 128;

  /**
   * @throws IllegalArgumentException if the name is not {@linkplain #isName acceptable}, or the
   *     attempt is negative
   */
  public RoomTimer {
    requireName(name);
    if (attempt < 0) {
      throw new IllegalArgumentException("an attempt is negative: " + attempt);
    }
  }

  /** Whether a timer may be called that: well-formed Unicode of 1 to 128 bytes in UTF-8. */
  public static boolean isName(String name) {
    int bytes = 0;
    for (int i = 0; i < name.length() && bytes <= MAX_NAME_BYTES; ) {
      int c = name.codePointAt(i);
      i += Character.charCount(c);
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        return false;
      }
      bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }
    return bytes > 0 && bytes <= MAX_NAME_BYTES;
  }

  static void requireName(String name) {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "a name of a timer is not well-formed text of 1 to %d bytes".formatted(MAX_NAME_BYTES));
    }
  }
}
