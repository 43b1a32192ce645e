package org.cloudramp.sandbox.api.kv;

import java.time.Duration;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;

/**
 * One change to one key. Later versions may add kinds: a store that asks {@link #accept} refuses
 * those it does not know, and never takes them for another.
 */
public sealed interface KvWrite {
  /** The key that changes. */
  String key();

  /** Calls the method for this kind of write. */
  <R> R accept(Visitor<R> visitor);

  /**
   * What a store does with each kind of write. A method for a kind that is added later is a default
   * method that refuses, so that an older store fails the transaction instead of damaging a key.
   *
   * @param <R> what comes of it
   */
  interface Visitor<R> {
    /** A key is set. */
    R put(Put put);

    /** A key is removed. */
    R delete(Delete delete);
  }

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

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.put(this);
    }
  }

  /**
   * Removes a key; no error if there is none.
   *
   * @param key any text
   */
  record Delete(String key) implements KvWrite {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.delete(this);
    }
  }
}
