package org.cloudramp.sandbox.core.kv;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.HeldKeys;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.kv.LastEntries;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.api.kv.OpenedRoom;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.cloudramp.sandbox.api.kv.TimerChanges;
import org.jspecify.annotations.Nullable;

/**
 * Some of the rooms, under one lock. What has expired is thrown away before anything is looked at,
 * so that the rest of the code need not think of it.
 *
 * <p>Times are milliseconds since 1970.
 */
final class Shard {
  private static final long NEVER = Long.MAX_VALUE;
  private static final Duration MAX_LIFE = Duration.ofDays(36_525);

  /**
   * Nobody asks about a transaction again after this: its hook is over. A commit in memory is never
   * ambiguous, so to forget one early (the second limit) does no harm.
   */
  private static final long REMEMBERED_MILLIS = Duration.ofMinutes(2).toMillis();

  private static final int MAX_REMEMBERED = 2_048;

  private static final Comparator<Entry> SOONEST_FIRST =
      Comparator.comparingLong(Entry::expires).thenComparingLong(Entry::number);

  /** What a write leaves at its key, if anything. */
  private static final KvWrite.Visitor<Optional<Bytes>> VALUE =
      new KvWrite.Visitor<>() {
        @Override
        public Optional<Bytes> put(KvWrite.Put put) {
          return Optional.of(put.value());
        }

        @Override
        public Optional<Bytes> delete(KvWrite.Delete delete) {
          return Optional.empty();
        }

        @Override
        public Optional<Bytes> update(KvWrite.Update update) {
          return Optional.of(update.value());
        }
      };

  /** When what a write leaves at its key expires. */
  private record ExpiryOf(long now, @Nullable Entry before) implements KvWrite.Visitor<Long> {
    @Override
    public Long put(KvWrite.Put put) {
      return expires(now, put.timeToLive());
    }

    @Override
    public Long delete(KvWrite.Delete delete) {
      return NEVER;
    }

    @Override
    public Long update(KvWrite.Update update) {
      return before == null ? expires(now, update.timeToLive()) : before.expires();
    }
  }

  /** What a key holds. The number tells entries apart that expire together. */
  private record Entry(RoomAddress address, String key, Bytes value, long expires, long number) {
    long bytes() {
      return KvQuota.bytesOf(key, value);
    }

    HeldKeys.HeldKey held(long now, int most) {
      Bytes beginning =
          value.size() <= most ? value : Bytes.adopt(Arrays.copyOf(value.toArray(), most));
      return new HeldKeys.HeldKey(
          key,
          beginning,
          value.size(),
          expires == NEVER ? Optional.empty() : Optional.of(Duration.ofMillis(expires - now)));
    }
  }

  /** The keys of a room, and the bytes that they count. */
  private static final class Room {
    private final Map<String, Entry> keys = new HashMap<>();
    private long bytes;
  }

  private record Applied(RoomAddress address, String id) {}

  private record Outcome(long time, CommitResult result) {}

  private record Reservation(String id, long expires) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<RoomAddress, Room> rooms = new HashMap<>();
  private final TreeSet<Entry> mortal = new TreeSet<>(SOONEST_FIRST);
  private final LinkedHashMap<Applied, Outcome> applied = new LinkedHashMap<>();
  private final Map<RoomAddress, Reservation> reservations = new HashMap<>();
  private final KvLedger ledger;
  private final RoomLogs logs;
  private final Rosters rosters;
  private final TimerLines timers = new TimerLines();
  private long entries;

  /**
   * @param ledger that all shards enter bytes in
   * @param isFollowed whether the log of a room must stay, though nobody uses it
   * @param isFenced whether a server may not commit any more
   */
  Shard(KvLedger ledger, Predicate<RoomAddress> isFollowed, Predicate<String> isFenced) {
    this.ledger = ledger;
    this.rosters = new Rosters(isFenced);
    this.logs = new RoomLogs(ledger, isFollowed);
  }

  Map<String, Bytes> read(long now, RoomAddress address, Collection<String> keys) {
    lock.lock();
    try {
      tidy(now);
      Map<String, Bytes> found = new HashMap<>();
      for (String key : keys) {
        Entry entry = entry(address, key);
        if (entry != null) {
          found.put(key, entry.value());
        }
      }
      return found;
    } finally {
      lock.unlock();
    }
  }

  /**
   * @throws StoreException if the room, its service or the store would hold more than it may
   */
  CommitResult commit(long now, RoomAddress address, KvTransaction transaction, int keysPerRoom) {
    lock.lock();
    try {
      tidy(now);
      Applied name = new Applied(address, transaction.id());
      Outcome before = applied.get(name);
      if (before != null) {
        return before.result();
      }
      CommitResult refusal =
          transaction.roster().map(update -> rosters.refusal(address, update)).orElse(null);
      if (refusal instanceof CommitResult.Fenced) {
        return refusal;
      }
      Reservation reservation = reservations.get(address);
      if (reservation != null && !reservation.id().equals(transaction.id())) {
        return CommitResult.conflict();
      }
      reservations.remove(address);
      if (refusal != null) {
        return refusal;
      }
      if (!holds(address, transaction.reads()) || !timers.holds(address, transaction.timers())) {
        return CommitResult.conflict();
      }
      requireRoomFor(address, transaction, keysPerRoom);
      timers.apply(address, transaction.timers(), transaction.id());
      for (KvWrite write : transaction.writes()) {
        apply(now, address, write);
      }
      transaction.roster().ifPresent(update -> rosters.apply(now, address, update));
      CommitResult result =
          transaction.appends().isEmpty()
              ? CommitResult.committed()
              : CommitResult.committed(
                  logs.append(now, address, transaction.appends(), transaction.quota()));
      applied.put(name, new Outcome(now, result));
      return result;
    } finally {
      lock.unlock();
    }
  }

  boolean reserve(long now, RoomAddress address, String id, Duration time) {
    lock.lock();
    try {
      tidy(now);
      Reservation reservation = reservations.get(address);
      if (reservation != null && !reservation.id().equals(id)) {
        return false;
      }
      reservations.put(address, new Reservation(id, expires(now, Optional.of(time))));
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** See {@link org.cloudramp.sandbox.api.kv.RoomInspector#keys}. */
  HeldKeys keys(long now, RoomAddress address, Optional<String> after, int most, int mostOfEach) {
    lock.lock();
    try {
      tidy(now);
      Room room = rooms.get(address);
      if (room == null) {
        return new HeldKeys(List.of(), false, 0, 0);
      }
      // One more than is asked for, to see whether there are more; the lock is held for no sort of
      // all.
      PriorityQueue<Entry> first = new PriorityQueue<>(Comparator.comparing(Entry::key).reversed());
      for (Entry entry : room.keys.values()) {
        if (after.isEmpty() || entry.key().compareTo(after.get()) > 0) {
          first.add(entry);
          if (first.size() - 1 > most) {
            first.remove();
          }
        }
      }
      boolean hasMore = first.size() > most;
      if (hasMore) {
        first.remove();
      }
      List<HeldKeys.HeldKey> keys =
          first.stream()
              .sorted(Comparator.comparing(Entry::key))
              .map(entry -> entry.held(now, mostOfEach))
              .toList();
      return new HeldKeys(keys, hasMore, room.keys.size(), room.bytes);
    } finally {
      lock.unlock();
    }
  }

  /** See {@link org.cloudramp.sandbox.api.kv.RoomInspector#lastEntries}. */
  LastEntries lastEntries(long now, RoomAddress address, int most, long mostBytes) {
    lock.lock();
    try {
      tidy(now);
      return logs.last(now, address, most, mostBytes);
    } finally {
      lock.unlock();
    }
  }

  /** The timers of a room, those first that are due first. */
  List<RoomTimer> timers(RoomAddress address, int most) {
    lock.lock();
    try {
      return timers.of(address, most);
    } finally {
      lock.unlock();
    }
  }

  OpenedRoom openLog(long now, RoomAddress address) {
    lock.lock();
    try {
      tidy(now);
      return new OpenedRoom(logs.open(now, address), rosters.open(now, address));
    } finally {
      lock.unlock();
    }
  }

  Optional<RosterEntry> member(RoomAddress address, String member) {
    lock.lock();
    try {
      return rosters.find(address, member);
    } finally {
      lock.unlock();
    }
  }

  LogRead readLog(long now, RoomAddress address, LogPosition after, int most) {
    lock.lock();
    try {
      tidy(now);
      return logs.read(now, address, after, most);
    } finally {
      lock.unlock();
    }
  }

  List<RoomAddress> roomsWith(String server) {
    lock.lock();
    try {
      return rosters.roomsWith(server);
    } finally {
      lock.unlock();
    }
  }

  /** Takes what is due of timers; gives when there is more to find, never if there is nothing. */
  long claimTimers(TakenTimers taken) {
    lock.lock();
    try {
      timers.claim(taken);
      return timers.next(taken);
    } finally {
      lock.unlock();
    }
  }

  boolean deferTimer(RoomTimer timer, int attempt, long until) {
    lock.lock();
    try {
      return timers.defer(timer, attempt, until);
    } finally {
      lock.unlock();
    }
  }

  /** From now on logs reach that far back. */
  void window(LogWindow wanted) {
    lock.lock();
    try {
      logs.window(wanted);
    } finally {
      lock.unlock();
    }
  }

  /** Bytes that the keys of a room count. */
  long bytes(long now, RoomAddress address) {
    lock.lock();
    try {
      tidy(now);
      Room room = rooms.get(address);
      return room == null ? 0 : room.bytes;
    } finally {
      lock.unlock();
    }
  }

  /** Throws away what has expired. */
  void tidyAll(long now) {
    lock.lock();
    try {
      tidy(now);
    } finally {
      lock.unlock();
    }
  }

  void tidyUnlessBusy(long now) {
    if (lock.tryLock()) {
      try {
        tidy(now);
      } finally {
        lock.unlock();
      }
    }
  }

  int held() {
    lock.lock();
    try {
      int held =
          applied.size()
              + mortal.size()
              + reservations.size()
              + logs.held()
              + rosters.held()
              + timers.held();
      for (Room room : rooms.values()) {
        held += 1 + room.keys.size();
      }
      return held;
    } finally {
      lock.unlock();
    }
  }

  private void tidy(long now) {
    while (!mortal.isEmpty() && mortal.first().expires() <= now) {
      Entry expired = mortal.first();
      ledger.expired(expired.address(), remove(expired.address(), expired.key()));
    }
    reservations.values().removeIf(reservation -> reservation.expires() <= now); // there are few
    Iterator<Outcome> outcomes = applied.values().iterator();
    while (outcomes.hasNext()) {
      long time = outcomes.next().time();
      if (applied.size() <= MAX_REMEMBERED && now - time < REMEMBERED_MILLIS) {
        break;
      }
      outcomes.remove();
    }
    logs.tidy(now);
    rosters.tidy(now);
  }

  private boolean holds(RoomAddress address, Map<String, Optional<Bytes>> reads) {
    for (Map.Entry<String, Optional<Bytes>> read : reads.entrySet()) {
      Entry entry = entry(address, read.getKey());
      Optional<Bytes> held = entry == null ? Optional.empty() : Optional.of(entry.value());
      if (!held.equals(read.getValue())) {
        return false;
      }
    }
    return true;
  }

  /**
   * Enters in the ledger what the room is about to take. A room that is over a limit which was
   * lowered may still change and delete what it has.
   */
  private void requireRoomFor(RoomAddress address, KvTransaction transaction, int keysPerRoom) {
    int keys = 0;
    long bytes = 0;
    for (KvWrite write : transaction.writes()) {
      Entry before = entry(address, write.key());
      if (before != null) {
        keys--;
        bytes -= before.bytes();
      }
      keys += write.accept(VALUE).isPresent() ? 1 : 0;
      bytes += KvQuota.bytesOf(write);
    }
    Room room = rooms.get(address);
    int keysAfter = (room == null ? 0 : room.keys.size()) + keys;
    if (keys > 0 && keysAfter > keysPerRoom) {
      throw new StoreException(
          StoreException.Kind.QUOTA,
          "the KV store '%s' refused a transaction: the room %s would hold %d keys, and the setting kv.memory.keysPerRoom allows %d"
              .formatted(MemoryKvStore.NAME, address, keysAfter, keysPerRoom));
    }
    long bytesAfter = (room == null ? 0 : room.bytes) + bytes;
    if (bytes > 0 && bytesAfter > transaction.quota().roomBytes()) {
      throw transaction.quota().roomIsFull(MemoryKvStore.NAME, address, bytesAfter);
    }
    bytes += bytesOfTimers(address, transaction.timers());
    bytes += transaction.roster().map(update -> rosters.growth(address, update)).orElse(0L);
    if (bytes != 0) {
      ledger.enter(address, bytes, transaction.quota());
    }
  }

  private long bytesOfTimers(RoomAddress address, TimerChanges changes) {
    if (changes.isEmpty()) {
      return 0;
    }
    int growth = timers.growth(address, changes);
    int after = timers.count(address) + growth;
    if (growth > 0 && after > changes.most()) {
      throw changes.tooMany(MemoryKvStore.NAME, address, after);
    }
    return (long) growth * RoomTimer.BYTES;
  }

  private void apply(long now, RoomAddress address, KvWrite write) {
    String key = write.key();
    Optional<Bytes> value = write.accept(VALUE);
    long expires = write.accept(new ExpiryOf(now, entry(address, key)));
    remove(address, key);
    if (value.isPresent()) {
      Entry entry = new Entry(address, key, value.get(), expires, entries++);
      Room room = rooms.computeIfAbsent(address, absent -> new Room());
      room.keys.put(key, entry);
      room.bytes += entry.bytes();
      if (entry.expires() != NEVER) {
        mortal.add(entry);
      }
    }
  }

  /** Gives the bytes that are free now. */
  private long remove(RoomAddress address, String key) {
    Room room = rooms.get(address);
    if (room == null) {
      return 0;
    }
    Entry removed = room.keys.remove(key);
    if (removed == null) {
      return 0;
    }
    if (removed.expires() != NEVER) {
      mortal.remove(removed);
    }
    room.bytes -= removed.bytes();
    if (room.keys.isEmpty()) {
      rooms.remove(address);
    }
    return removed.bytes();
  }

  private @Nullable Entry entry(RoomAddress address, String key) {
    Room room = rooms.get(address);
    return room == null ? null : room.keys.get(key);
  }

  private static long expires(long now, Optional<Duration> timeToLive) {
    if (timeToLive.isEmpty()) {
      return NEVER;
    }
    Duration life = timeToLive.get();
    if (life.compareTo(MAX_LIFE) > 0) {
      life = MAX_LIFE;
    }
    return now + life.plusNanos(999_999).toMillis(); // rounded up: never gone too early
  }
}
