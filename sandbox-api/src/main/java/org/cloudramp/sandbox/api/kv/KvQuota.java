package org.cloudramp.sandbox.api.kv;

import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;

/**
 * How many bytes of keys a room, and all rooms of its service together, may hold after a
 * transaction. Stores count all in the same way, {@link #bytesOf}. What makes nothing larger is
 * always allowed, also where more is held than the quota, because that was lowered.
 *
 * @param roomBytes of the room; the setting {@code limits.kvRoomBytes}
 * @param serviceBytes of all rooms of the service; the setting {@code limits.kvServiceBytes}. The
 *     entries of their logs count here too, but what is appended is never refused for it: where it
 *     does not fit, the {@linkplain RoomLog log} is shorter.
 */
public record KvQuota(long roomBytes, long serviceBytes) {
  /** What a key counts besides its name and its value: about what it costs a store to keep one. */
  public static final int BYTES_PER_KEY = 256;

  private static final KvWrite.Visitor<Long> BYTES_OF =
      new KvWrite.Visitor<>() {
        @Override
        public Long put(KvWrite.Put put) {
          return bytesOf(put.key(), put.value());
        }

        @Override
        public Long delete(KvWrite.Delete delete) {
          return 0L;
        }

        @Override
        public Long update(KvWrite.Update update) {
          return bytesOf(update.key(), update.value());
        }
      };

  private static final KvQuota UNLIMITED = new KvQuota(Long.MAX_VALUE, Long.MAX_VALUE);

  /**
   * @throws IllegalArgumentException if one is negative
   */
  public KvQuota {
    if (roomBytes < 0 || serviceBytes < 0) {
      throw new IllegalArgumentException(
          "a quota is negative: %d, %d".formatted(roomBytes, serviceBytes));
    }
  }

  /** As much as there is. */
  public static KvQuota unlimited() {
    return UNLIMITED;
  }

  /** Bytes that a key counts: those of its name in UTF-8, those of its value, and 256. */
  public static long bytesOf(String key, Bytes value) {
    return BYTES_PER_KEY + (long) utf8Length(key) + value.size();
  }

  /** Bytes that the key of a write counts when it has been made; 0 for one that is deleted. */
  public static long bytesOf(KvWrite write) {
    return write.accept(BYTES_OF);
  }

  /** That a room would hold too much; what a store fails a commit with. */
  public StoreException roomIsFull(String store, RoomAddress address, long bytes) {
    return new StoreException(
        StoreException.Kind.QUOTA,
        "the KV store '%s' refused a transaction: the keys of the room %s would take %d bytes, and limits.kvRoomBytes allows %d; delete keys, or let them live shorter"
            .formatted(store, address, bytes, roomBytes));
  }

  /** That a service would hold too much; what a store fails a commit with. */
  public StoreException serviceIsFull(String store, RoomAddress address, long bytes) {
    return new StoreException(
        StoreException.Kind.QUOTA,
        "the KV store '%s' refused a transaction of the room %s: the keys of its service would take %d bytes, and limits.kvServiceBytes allows %d; delete keys, or let them live shorter"
            .formatted(store, address, bytes, serviceBytes));
  }

  /** As {@link Bytes#utf8} encodes it: a lone surrogate is one byte. */
  private static int utf8Length(String text) {
    int length = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      boolean isLone = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
      length += c < 0x80 || isLone ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }
    return length;
  }
}
