package org.cloudramp.sandbox.core.kv;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.LastEntries;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.jspecify.annotations.Nullable;

/**
 * The logs of some rooms. Their entries are in the ledger; a log never keeps a commit out: where
 * the ledger has no place for an entry, older ones of the same room go, and if that is not enough
 * the log is shorter than what was appended. What a log is besides its entries is not counted: of
 * those that nobody follows only the last {@link #MAX_UNFOLLOWED} or so stay, and no longer than
 * the age of the window. Anybody can ask for rooms, by as many names as they like.
 *
 * <p>Not thread-safe: a {@link Shard} calls it under its lock. Times are milliseconds since 1970.
 */
final class RoomLogs {
  /** Of a shard; of some 600 bytes each. */
  static final int MAX_UNFOLLOWED = 512;

  private record Entry(Bytes content, long time, long stamp) {
    long bytes() {
      return LogWindow.bytesOf(content);
    }
  }

  private static final class Log {
    private final String epoch = UUID.randomUUID().toString();
    private final Deque<Entry> entries = new ArrayDeque<>();
    private long end;
    private long stamp;
    private long stampOfDropped;
    private long bytes;
    private long used;

    LogPosition end() {
      return new LogPosition(epoch, end, stamp);
    }

    /** After this everything is there. */
    LogPosition start() {
      return new LogPosition(epoch, end - entries.size(), stampOfDropped);
    }

    void add(Entry entry) {
      entries.add(entry);
      bytes += entry.bytes();
      stamp = entry.stamp();
      end++;
    }

    void dropOldest() {
      Entry oldest = entries.remove();
      bytes -= oldest.bytes();
      stampOfDropped = oldest.stamp();
    }

    void clear() {
      entries.clear();
      bytes = 0;
      stampOfDropped = stamp;
    }
  }

  /** Stamps of other stores are no larger either. */
  private static final long LAST_STAMP = 1L << 52;

  private final KvLedger ledger;
  private final Predicate<RoomAddress> isFollowed;

  /** In the order in which they were last used. */
  private final LinkedHashMap<RoomAddress, Log> logs = new LinkedHashMap<>();

  private LogWindow window = LogWindow.standard();

  RoomLogs(KvLedger ledger, Predicate<RoomAddress> isFollowed) {
    this.ledger = ledger;
    this.isFollowed = isFollowed;
  }

  /** From now on logs reach that far back. */
  void window(LogWindow wanted) {
    window = wanted;
  }

  /** Appends entries; gives the position of the first. */
  LogPosition append(long now, RoomAddress address, List<Bytes> contents, KvQuota quota) {
    Log log = use(now, address);
    if (log.end + contents.size() > LogPosition.MAX_OFFSET) {
      ledger.expired(address, log.bytes);
      logs.remove(address);
      log = use(now, address);
    }
    // It never goes back, so any that another commit does not have is as good as one of all before.
    long stamp = ThreadLocalRandom.current().nextLong(LogPosition.MIN_STAMP, LAST_STAMP) | 1;
    LogPosition first = new LogPosition(log.epoch, log.end + 1, stamp);
    long before = log.bytes;
    for (Bytes content : contents) {
      log.add(new Entry(content, now, stamp));
    }
    shorten(now, log);
    while (!ledger.tryEnter(address.service(), log.bytes - before, quota)) {
      log.dropOldest();
    }
    return first;
  }

  LogPosition open(long now, RoomAddress address) {
    return use(now, address).end();
  }

  LogRead read(long now, RoomAddress address, LogPosition after, int most) {
    Log present = logs.get(address);
    Log log = present == null ? use(now, address) : present;
    long before = log.bytes;
    shorten(now, log);
    ledger.expired(address, before - log.bytes);
    LogPosition start = log.start();
    if (!after.isOfSameLogAs(start) || after.offset() < start.offset()) {
      return new LogRead.Gap(start);
    }
    if (after.offset() > log.end) {
      return new LogRead.Gap(log.end());
    }
    List<Bytes> contents = new ArrayList<>();
    List<Long> stamps = new ArrayList<>();
    LogPosition there = start;
    long offset = start.offset();
    for (Entry entry : log.entries) {
      if (contents.size() == most) {
        break;
      }
      if (++offset > after.offset()) {
        contents.add(entry.content());
        stamps.add(entry.stamp());
      } else {
        there = new LogPosition(start.epoch(), offset, entry.stamp());
      }
    }
    return there.contradicts(after)
        ? new LogRead.Gap(start)
        : new LogRead.Page(there, contents, stamps, log.end());
  }

  /** The newest entries; no log begins for that, and none is used by it. */
  LastEntries last(long now, RoomAddress address, int most, long mostBytes) {
    Log log = logs.get(address);
    if (log == null) {
      return new LastEntries(LogPosition.none(), List.of());
    }
    List<LastEntries.Entry> newestFirst = new ArrayList<>();
    long bytes = 0;
    long offset = log.end;
    Iterator<Entry> entries = log.entries.descendingIterator();
    while (entries.hasNext() && newestFirst.size() < most) {
      Entry entry = entries.next();
      bytes += entry.content().size();
      if (bytes > mostBytes || now - entry.time() >= window.age().toMillis()) {
        break;
      }
      newestFirst.add(
          new LastEntries.Entry(offset--, Instant.ofEpochMilli(entry.time()), entry.content()));
    }
    Collections.reverse(newestFirst);
    return new LastEntries(log.end(), newestFirst);
  }

  /** Drops what is too old, in logs that nobody has used for as long. */
  void tidy(long now) {
    Map<RoomAddress, Log> followed = new LinkedHashMap<>();
    Iterator<Map.Entry<RoomAddress, Log>> oldest = logs.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<RoomAddress, Log> next = oldest.next();
      Log log = next.getValue();
      if (now - log.used < window.age().toMillis()) {
        break;
      }
      ledger.expired(next.getKey(), log.bytes);
      oldest.remove();
      if (isFollowed.test(next.getKey())) {
        log.clear();
        log.used = now;
        followed.put(next.getKey(), log);
      }
    }
    logs.putAll(followed); // as used just now, so each is looked at once in an age
  }

  /** Logs and entries; for tests. */
  int held() {
    int held = logs.size();
    for (Log log : logs.values()) {
      held += log.entries.size();
    }
    return held;
  }

  private Log use(long now, RoomAddress address) {
    @Nullable Log present = logs.remove(address);
    Log log = present == null ? new Log() : present;
    log.used = now;
    logs.put(address, log);
    if (present == null && logs.size() > MAX_UNFOLLOWED) {
      LastUsedRooms.dropSome(
          logs,
          MAX_UNFOLLOWED,
          (room, old) -> isFollowed.test(room),
          (room, old) -> ledger.expired(room, old.bytes));
    }
    return log;
  }

  private void shorten(long now, Log log) {
    while (!log.entries.isEmpty()
        && (log.entries.size() > window.entries()
            || log.bytes > window.bytes()
            || now - log.entries.element().time() >= window.age().toMillis())) {
      log.dropOldest();
    }
  }
}
