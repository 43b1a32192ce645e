package org.cloudramp.sandbox.api.kv;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Experimental;

/**
 * Some of the keys of a room.
 *
 * @param keys by their names
 * @param hasMore whether there are others behind the last
 * @param count how many the room holds in all
 * @param bytes what all of them count, as {@link KvQuota#bytesOf} does; keys that have expired a
 *     moment ago may still be in it
 */
@Experimental
public record HeldKeys(List<HeldKey> keys, boolean hasMore, long count, long bytes) {
  /** Copies the list. */
  public HeldKeys {
    keys = List.copyOf(keys);
  }

  /**
   * A key.
   *
   * @param beginning of its value: all of it unless {@code size} is larger
   * @param size bytes of the whole value
   * @param timeToLive what is left of it; empty if it stays until it is deleted
   */
  public record HeldKey(String name, Bytes beginning, int size, Optional<Duration> timeToLive) {}
}
