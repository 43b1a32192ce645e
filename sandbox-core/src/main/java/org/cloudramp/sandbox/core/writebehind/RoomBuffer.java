package org.cloudramp.sandbox.core.writebehind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.jspecify.annotations.Nullable;

/**
 * The writes of one room that are not in the store yet: those on their way to it, and those made
 * since. Of several writes to a key the last one counts. Not thread-safe. Times are milliseconds
 * since 1970.
 */
final class RoomBuffer {
  private static final long NEVER = Long.MAX_VALUE;

  /**
   * What a key is to hold.
   *
   * @param value nothing if it is to be deleted
   * @param keepsTime whether the key keeps the time to live that it has in the store, where {@code
   *     expires} is that of a key that is absent there; it ends here no later than then
   */
  private record Entry(Optional<Bytes> value, long expires, boolean keepsTime) {
    Optional<Bytes> at(long now) {
      return expires > now ? value : Optional.empty();
    }
  }

  /**
   * What each kind of write makes of a key, if it is made now.
   *
   * @param before what the key is to hold by an earlier write that is still here
   */
  private record EntryOf(long now, @Nullable Entry before) implements KvWrite.Visitor<Entry> {
    @Override
    public Entry put(KvWrite.Put put) {
      return new Entry(Optional.of(put.value()), expires(now, put.timeToLive()), false);
    }

    @Override
    public Entry delete(KvWrite.Delete delete) {
      return new Entry(Optional.empty(), NEVER, false);
    }

    @Override
    public Entry update(KvWrite.Update update) {
      Optional<Bytes> value = Optional.of(update.value());
      if (before == null) { // only the store knows for how long the key has yet to live
        return new Entry(value, expires(now, update.timeToLive()), true);
      }
      return before.at(now).isPresent()
          ? new Entry(value, before.expires(), before.keepsTime())
          : new Entry(value, expires(now, update.timeToLive()), false);
    }
  }

  private Map<String, Entry> onTheWay = new LinkedHashMap<>();
  private Map<String, Entry> waiting = new LinkedHashMap<>();
  private long waitingSince;
  private KvQuota quota = KvQuota.unlimited();
  private @Nullable Runnable whenDrained;
  private boolean isClosed;

  /** Bytes that writes take here, and at most in the store. */
  static long sizeOf(List<KvWrite> writes) {
    long size = 0;
    for (KvWrite write : writes) {
      // A delete takes the place of its key here, though it leaves nothing in the store.
      size += Math.max(KvQuota.bytesOf(write), KvQuota.bytesOf(write.key(), Bytes.empty()));
    }
    return size;
  }

  /**
   * Keeps writes.
   *
   * @param quota of the room, by which the store is to judge them
   * @return how many bytes more are held than before
   */
  long add(List<KvWrite> writes, KvQuota quota, long now) {
    this.quota = quota;
    if (waiting.isEmpty()) {
      waitingSince = System.nanoTime();
    }
    long more = 0;
    for (KvWrite write : writes) {
      Entry entry = write.accept(new EntryOf(now, entry(write.key())));
      more += size(write.key(), entry) - size(write.key(), waiting.put(write.key(), entry));
    }
    return more;
  }

  /** What those of {@code keys} hold that have been written: nothing for one that was deleted. */
  Map<String, Optional<Bytes>> find(Iterable<String> keys, long now) {
    Map<String, Optional<Bytes>> found = new HashMap<>();
    for (String key : keys) {
      Entry entry = entry(key);
      if (entry != null) {
        found.put(key, entry.at(now));
      }
    }
    return found;
  }

  /**
   * Sends what waits on its way: all of it at once, so that the store never holds half of what a
   * hook wrote. Nothing if nothing waits, or the last batch has not arrived.
   */
  Optional<KvTransaction> send(long now) {
    if (waiting.isEmpty() || !onTheWay.isEmpty()) {
      return Optional.empty();
    }
    onTheWay = waiting;
    waiting = new LinkedHashMap<>();
    List<KvWrite> writes = new ArrayList<>();
    onTheWay.forEach((key, entry) -> writes.add(write(key, entry, now)));
    return Optional.of(new KvTransaction(UUID.randomUUID().toString(), Map.of(), writes, quota));
  }

  /**
   * What was on its way is in the store.
   *
   * @return how many bytes less are held than before
   */
  long arrived() {
    long less = 0;
    for (Map.Entry<String, Entry> entry : onTheWay.entrySet()) {
      less += size(entry.getKey(), entry.getValue());
    }
    onTheWay = new LinkedHashMap<>();
    return less;
  }

  /** For how long something has waited, if anything waits. */
  Duration age() {
    return Duration.ofNanos(System.nanoTime() - waitingSince);
  }

  /** Whether nothing is here, and nobody is at work who needs it to be so. */
  boolean isEmpty() {
    return isDrained() && !isClosed;
  }

  private boolean isDrained() {
    return waiting.isEmpty() && onTheWay.isEmpty();
  }

  /** Whether a commit past this buffer is under way: none may be kept here meanwhile. */
  boolean isClosed() {
    return isClosed;
  }

  /** Takes no more writes until it is opened, and says when the last has arrived. */
  void closeUntilDrained(Runnable task) {
    isClosed = true;
    whenDrained = task;
  }

  void open() {
    isClosed = false;
    whenDrained = null;
  }

  /** What is to be done now that nothing is left here, if somebody waits for that. */
  Optional<Runnable> takeWhenDrained() {
    Runnable task = whenDrained;
    if (task == null || !isDrained()) {
      return Optional.empty();
    }
    whenDrained = null;
    return Optional.of(task);
  }

  private @Nullable Entry entry(String key) {
    return waiting.getOrDefault(key, onTheWay.get(key));
  }

  private static long size(String key, @Nullable Entry entry) {
    return entry == null ? 0 : KvQuota.bytesOf(key, entry.value().orElse(Bytes.empty()));
  }

  private static KvWrite write(String key, Entry entry, long now) {
    Optional<Bytes> value = entry.at(now);
    if (value.isEmpty()) {
      return new KvWrite.Delete(key);
    }
    Optional<Duration> timeToLive =
        entry.expires() == NEVER
            ? Optional.empty()
            : Optional.of(Duration.ofMillis(entry.expires() - now));
    return entry.keepsTime()
        ? new KvWrite.Update(key, value.get(), timeToLive)
        : new KvWrite.Put(key, value.get(), timeToLive);
  }

  private static long expires(long now, Optional<Duration> timeToLive) {
    if (timeToLive.isEmpty()) {
      return NEVER;
    }
    Duration life = timeToLive.get();
    return life.toSeconds() >= (NEVER - now) / 1000
        ? NEVER - 1
        : now + life.plusNanos(999_999).toMillis(); // rounded up: never gone too early
  }
}
