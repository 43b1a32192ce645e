package org.cloudramp.sandbox.core.kv;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.api.kv.TimerChanges;
import org.cloudramp.sandbox.api.kv.TimerWrite;
import org.jspecify.annotations.Nullable;

/**
 * The timers of some rooms: a line for each service, in the order in which its timers are due, and
 * the services in the order in which they are to be looked at. A service of which more is due than
 * was taken goes behind the others, so that none waits for another's.
 *
 * <p>How many there are is bounded by the ledger, which counts each. Not thread-safe: a {@link
 * Shard} calls it under its lock. Times are milliseconds since 1970.
 */
final class TimerLines {
  private static final Comparator<Entry> SOONEST_FIRST =
      Comparator.comparingLong((Entry entry) -> entry.fires)
          .thenComparingLong(entry -> entry.number);

  private static final Comparator<Line> FIRST_TO_LOOK_AT =
      Comparator.comparingLong((Line line) -> line.look)
          .thenComparing(line -> line.service.value());

  /** A timer, and when it is to be tried. The number tells those apart that are due together. */
  private static final class Entry {
    private final RoomTimer timer;
    private final long fires;
    private final long number;

    Entry(RoomTimer timer, long fires, long number) {
      this.timer = timer;
      this.fires = fires;
      this.number = number;
    }
  }

  /** The timers of one service. */
  private static final class Line {
    private final ServiceId service;
    private final TreeSet<Entry> entries = new TreeSet<>(SOONEST_FIRST);

    /** Before this there is nothing to find. Changed only while the line is in no set. */
    private long look = Long.MAX_VALUE;

    Line(ServiceId service) {
      this.service = service;
    }
  }

  private final Map<RoomAddress, Map<String, Entry>> rooms = new HashMap<>();
  private final Map<ServiceId, Line> lines = new HashMap<>();
  private final TreeSet<Line> turns = new TreeSet<>(FIRST_TO_LOOK_AT);
  private long entries;

  /** Whether the timer that is answered, if one is, is still set as it was claimed. */
  boolean holds(RoomAddress address, TimerChanges changes) {
    return changes.fired().isEmpty()
        || isSet(address, changes.fired().get().name(), changes.fired().get().id());
  }

  private boolean isSet(RoomAddress address, String name, String id) {
    Entry entry = entry(address, name);
    return entry != null && entry.timer.id().equals(id);
  }

  /** How many timers the room has. */
  int count(RoomAddress address) {
    return rooms.getOrDefault(address, Map.of()).size();
  }

  /** By how many timers the room will grow, or shrink. */
  int growth(RoomAddress address, TimerChanges changes) {
    @Nullable String answered = changes.fired().map(RoomTimer::name).orElse(null);
    int growth = answered == null ? 0 : -1;
    for (TimerWrite write : changes.writes()) {
      boolean isThere = entry(address, write.name()) != null && !write.name().equals(answered);
      boolean isSet = write.due().isPresent();
      growth += isSet == isThere ? 0 : isSet ? 1 : -1;
    }
    return growth;
  }

  /**
   * Carries changes out.
   *
   * @param id of the transaction
   */
  void apply(RoomAddress address, TimerChanges changes, String id) {
    changes.fired().ifPresent(fired -> remove(address, fired.name()));
    for (TimerWrite write : changes.writes()) {
      remove(address, write.name());
      if (write.due().isPresent()) {
        Instant due = write.due().get();
        put(new RoomTimer(address, write.name(), due, 0, id), due.toEpochMilli());
      }
    }
  }

  /** Takes what is due. */
  void claim(TakenTimers taken) {
    long now = taken.claim().now().toEpochMilli();
    List<Line> due = new ArrayList<>();
    for (Line line : turns) {
      if (line.look > now || due.size() >= taken.claim().most()) {
        break;
      }
      if (taken.wants(line.service)) {
        due.add(line);
      }
    }
    for (Line line : due) {
      if (taken.isFull()) {
        break;
      }
      turns.remove(line);
      claim(line, now, taken);
      line.look = Math.max(now, line.entries.first().fires);
      turns.add(line);
    }
  }

  private void claim(Line line, long now, TakenTimers taken) {
    while (taken.wants(line.service) && line.entries.first().fires <= now) {
      Entry first = line.entries.first();
      line.entries.remove(first);
      taken.add(first.timer);
      Entry held = new Entry(first.timer, taken.claim().until().toEpochMilli(), entries++);
      line.entries.add(held);
      room(first.timer.address()).put(first.timer.name(), held);
    }
  }

  /** When there is more to find for the next claim; never if there is nothing. */
  long next(TakenTimers taken) {
    for (Line line : turns) {
      if (!taken.claim().except().contains(line.service)) {
        return line.look;
      }
    }
    return Long.MAX_VALUE;
  }

  /** Whether the timer was still set, and has been kept for later. */
  boolean defer(RoomTimer timer, int attempt, long until) {
    if (!isSet(timer.address(), timer.name(), timer.id())) {
      return false;
    }
    remove(timer.address(), timer.name());
    put(new RoomTimer(timer.address(), timer.name(), timer.due(), attempt, timer.id()), until);
    return true;
  }

  /** The timers of a room, those first that are due first. */
  List<RoomTimer> of(RoomAddress address, int most) {
    return rooms.getOrDefault(address, Map.of()).values().stream()
        .map(entry -> entry.timer)
        .sorted(Comparator.comparing(RoomTimer::due).thenComparing(RoomTimer::name))
        .limit(most)
        .toList();
  }

  /** Timers, and what is kept of services; for tests. */
  int held() {
    int held = lines.size() + turns.size();
    for (Map<String, Entry> room : rooms.values()) {
      held += 1 + room.size();
    }
    return held;
  }

  private void put(RoomTimer timer, long fires) {
    Entry entry = new Entry(timer, fires, entries++);
    room(timer.address()).put(timer.name(), entry);
    Line line = lines.computeIfAbsent(timer.address().service(), Line::new);
    line.entries.add(entry);
    if (fires < line.look) {
      turns.remove(line);
      line.look = fires;
      turns.add(line);
    }
  }

  private void remove(RoomAddress address, String name) {
    Map<String, Entry> room = rooms.get(address);
    Entry entry = room == null ? null : room.remove(name);
    if (room == null || entry == null) {
      return;
    }
    if (room.isEmpty()) {
      rooms.remove(address);
    }
    Line line = line(address);
    line.entries.remove(entry);
    dropIfEmpty(line);
  }

  private void dropIfEmpty(Line line) {
    if (line.entries.isEmpty()) {
      turns.remove(line);
      lines.remove(line.service);
    }
  }

  private Line line(RoomAddress address) {
    Line line = lines.get(address.service());
    if (line == null) {
      throw new IllegalStateException("a timer of " + address + " is in no line");
    }
    return line;
  }

  private Map<String, Entry> room(RoomAddress address) {
    return rooms.computeIfAbsent(address, absent -> new HashMap<>());
  }

  private @Nullable Entry entry(RoomAddress address, String name) {
    Map<String, Entry> room = rooms.get(address);
    return room == null ? null : room.get(name);
  }
}
