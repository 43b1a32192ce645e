package org.cloudramp.sandbox.api.kv;

import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Experimental;

/**
 * What a roster keeps of a member whose connection outlives its socket.
 *
 * @param key what a secret is compared with that only the member's client knows, such as a hash of
 *     it; 1 to {@link #MAX_KEY_BYTES} bytes that mean nothing to the store
 * @param received the number of the last of the member's messages that was committed; 0 for none
 */
@Experimental
public record RosterSession(Bytes key, long received) {
  /** The most bytes of a key. */
  public static final int MAX_KEY_BYTES = 64;

  /**
   * @throws IllegalArgumentException if the key has another size, or the number is negative
   */
  public RosterSession {
    requireKey(key);
    if (received < 0) {
      throw new IllegalArgumentException("the number of a message is negative: " + received);
    }
  }

  static void requireKey(Bytes key) {
    if (key.size() == 0 || key.size() > MAX_KEY_BYTES) {
      throw new IllegalArgumentException(
          "the key of a session has 1 to %d bytes; this one has %d"
              .formatted(MAX_KEY_BYTES, key.size()));
    }
  }
}
