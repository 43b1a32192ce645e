package org.cloudramp.sandbox.api.kv;

import java.time.Duration;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;

/** One change to one key. */
public sealed interface KvWrite {
  /** The key that changes. */
  String key();

  /**
   * Sets a key, whatever it held.
   *
   * @param key any text
   * @param value any bytes
   * @param timeToLive after this the key is gone; empty for never; positive
   */
  record Put(String key, Bytes value, Optional<Duration> timeToLive) implements KvWrite {
    /**
     * @throws IllegalArgumentException if the time to live is not positive
     */
    public Put {
      if (timeToLive.isPresent() && (timeToLive.get().isNegative() || timeToLive.get().isZero())) {
        throw new IllegalArgumentException("a time to live must be positive: " + timeToLive.get());
      }
    }
  }

  /**
   * Removes a key; no error if there is none.
   *
   * @param key any text
   */
  record Delete(String key) implements KvWrite {}
}
