package org.cloudramp.sandbox.api.kv;

import java.time.Duration;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.error.StoreException;

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

    /**
     * A key is set and keeps its time to live.
     *
     * @throws StoreException unless it is overridden: a store that was made before there were
     *     updates does not know what to do with one
     */
    default R update(Update update) {
      throw new StoreException(
          StoreException.Kind.REFUSED,
          "the KV store cannot set the key '%s' and leave its time to live as it is: it was made before that was asked of stores"
              .formatted(update.key()));
    }
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
      requirePositive(timeToLive);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.put(this);
    }
  }

  /**
   * Sets a key and leaves its time to live as it is; a key that is absent is made with {@code
   * timeToLive}. So a counter that is updated again and again still ends with the time that it
   * began with.
   *
   * @param key any text
   * @param value any bytes
   * @param timeToLive of a key that is absent; empty for never; positive
   */
  record Update(String key, Bytes value, Optional<Duration> timeToLive) implements KvWrite {
    /**
     * @throws IllegalArgumentException if the time to live is not positive
     */
    public Update {
      requirePositive(timeToLive);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.update(this);
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

  private static void requirePositive(Optional<Duration> timeToLive) {
    if (timeToLive.isPresent() && (timeToLive.get().isNegative() || timeToLive.get().isZero())) {
      throw new IllegalArgumentException("a time to live must be positive: " + timeToLive.get());
    }
  }
}
