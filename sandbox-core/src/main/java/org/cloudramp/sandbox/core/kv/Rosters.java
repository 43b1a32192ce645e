package org.cloudramp.sandbox.core.kv;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.Roster;
import org.cloudramp.sandbox.api.kv.RosterChange;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.cloudramp.sandbox.api.kv.RosterSession;
import org.cloudramp.sandbox.api.kv.RosterUpdate;
import org.jspecify.annotations.Nullable;

/**
 * Who is in some rooms. Bounded by the connections that servers take: each is in one room. What is
 * remembered of them is entered in the {@link KvLedger} by whoever applies an update. A roster
 * without members is kept for a while, so that its version is not that of another roster; of those
 * only the last {@link #MAX_EMPTY} or so.
 *
 * <p>Not thread-safe: a {@link Shard} calls it under its lock. Times are milliseconds since 1970.
 */
final class Rosters {
  /** Nobody commits what it saw of a roster that long ago. */
  private static final long KEPT_MILLIS = 120_000;

  /** Of a shard; of some 500 bytes each. */
  static final int MAX_EMPTY = 512;

  private static final class InRoom {
    private final LinkedHashMap<String, RosterEntry> members = new LinkedHashMap<>();

    /** Of members of whom the room remembers something. */
    private final Map<String, Bytes> states = new HashMap<>();

    private long version = ThreadLocalRandom.current().nextLong(1L << 48);
    private long used;

    Bytes state(String member) {
      return states.getOrDefault(member, Bytes.empty());
    }
  }

  private final Predicate<String> isFenced;

  /** In the order in which they were last used. */
  private final LinkedHashMap<RoomAddress, InRoom> rooms = new LinkedHashMap<>();

  /**
   * @param isFenced whether a server may not commit any more
   */
  Rosters(Predicate<String> isFenced) {
    this.isFenced = isFenced;
  }

  Roster open(long now, RoomAddress address) {
    InRoom room = use(now, address);
    return new Roster(room.version, List.copyOf(room.members.values()), room.states);
  }

  /** One member; no roster begins for that. */
  Optional<RosterEntry> find(RoomAddress address, String member) {
    InRoom room = rooms.get(address);
    return room == null ? Optional.empty() : Optional.ofNullable(room.members.get(member));
  }

  /** Why an update cannot be; null if it can. */
  @Nullable CommitResult refusal(RoomAddress address, RosterUpdate update) {
    if (isFenced.test(update.server())) {
      return CommitResult.fenced();
    }
    InRoom room = rooms.get(address);
    if (update.seen().isPresent() && (room == null || room.version != update.seen().getAsLong())) {
      return CommitResult.conflict();
    }
    for (RosterChange change : update.changes()) {
      RosterEntry present = room == null ? null : room.members.get(change.member());
      if (!isPossible(change, present)) {
        return CommitResult.conflict();
      }
    }
    return holds(room, update) ? null : CommitResult.conflict();
  }

  /** Whether the states are as they were read, and those that change are of members. */
  private static boolean holds(@Nullable InRoom room, RosterUpdate update) {
    for (Map.Entry<String, Bytes> seen : update.seenStates().entrySet()) {
      if (room == null
          || !room.members.containsKey(seen.getKey())
          || !room.state(seen.getKey()).equals(seen.getValue())) {
        return false;
      }
    }
    for (String member : update.states().keySet()) {
      boolean isThere = room != null && room.members.containsKey(member);
      for (RosterChange change : update.changes()) {
        if (change.member().equals(member)) {
          isThere = !(change instanceof RosterChange.Leave);
        }
      }
      if (!isThere) {
        return false;
      }
    }
    return true;
  }

  /** By how many bytes states grow with an update that can be. */
  long growth(RoomAddress address, RosterUpdate update) {
    InRoom room = rooms.get(address);
    long growth = 0;
    for (RosterChange change : update.changes()) {
      if (room != null && change instanceof RosterChange.Leave) {
        growth -= Roster.bytesOf(room.state(change.member()));
      }
    }
    for (Map.Entry<String, Bytes> state : update.states().entrySet()) {
      growth += Roster.bytesOf(state.getValue());
      growth -= room == null ? 0 : Roster.bytesOf(room.state(state.getKey()));
    }
    return growth;
  }

  private static boolean isPossible(RosterChange change, @Nullable RosterEntry present) {
    if (change instanceof RosterChange.Enter) {
      return present == null;
    }
    if (present == null || !present.server().equals(change.server())) {
      return false;
    }
    if (change instanceof RosterChange.Receive message) {
      return present.session().filter(each -> each.received() < message.first()).isPresent();
    }
    if (change instanceof RosterChange.Resume resume) {
      return present.session().filter(each -> each.key().equals(resume.seen())).isPresent();
    }
    return true;
  }

  void apply(long now, RoomAddress address, RosterUpdate update) {
    if (update.changes().isEmpty() && update.states().isEmpty()) {
      return;
    }
    InRoom room = use(now, address);
    for (RosterChange change : update.changes()) {
      if (change instanceof RosterChange.Enter enter) {
        room.members.put(change.member(), enter.entry());
        room.version += Roster.step(change.member());
      } else if (change instanceof RosterChange.Leave) {
        room.members.remove(change.member());
        room.states.remove(change.member());
        room.version += Roster.step(change.member());
      } else {
        room.members.computeIfPresent(change.member(), (name, present) -> after(change, present));
      }
    }
    update
        .states()
        .forEach(
            (member, state) -> {
              if (state.size() == 0) {
                room.states.remove(member);
              } else {
                room.states.put(member, state);
              }
            });
  }

  /** A member of whom something else is known from now on. */
  private static RosterEntry after(RosterChange change, RosterEntry present) {
    Optional<RosterSession> session = present.session();
    String server = present.server();
    if (change instanceof RosterChange.Receive message) {
      session = session.map(each -> new RosterSession(each.key(), message.number()));
    } else if (change instanceof RosterChange.Resume resume) {
      session = session.map(each -> new RosterSession(resume.nextKey(), each.received()));
      server = resume.nextServer();
    }
    return new RosterEntry(present.member(), server, present.description(), session);
  }

  List<RoomAddress> roomsWith(String server) {
    List<RoomAddress> found = new ArrayList<>();
    rooms.forEach(
        (address, room) -> {
          if (room.members.values().stream().anyMatch(each -> each.server().equals(server))) {
            found.add(address);
          }
        });
    return found;
  }

  /** Drops rosters that have had no member, and no use, for a while. */
  void tidy(long now) {
    Map<RoomAddress, InRoom> inhabited = new LinkedHashMap<>();
    Iterator<Map.Entry<RoomAddress, InRoom>> oldest = rooms.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<RoomAddress, InRoom> next = oldest.next();
      InRoom room = next.getValue();
      if (now - room.used < KEPT_MILLIS) {
        break;
      }
      oldest.remove();
      if (!room.members.isEmpty()) {
        room.used = now;
        inhabited.put(next.getKey(), room);
      }
    }
    rooms.putAll(inhabited); // as used just now, so each is looked at now and then
  }

  /** Rosters; for tests. */
  int held() {
    return rooms.size();
  }

  private InRoom use(long now, RoomAddress address) {
    @Nullable InRoom present = rooms.remove(address);
    InRoom room = present == null ? new InRoom() : present;
    room.used = now;
    rooms.put(address, room);
    if (present == null && rooms.size() > MAX_EMPTY) {
      // Whoever has seen one that goes finds another version, and tries again.
      LastUsedRooms.dropSome(
          rooms, MAX_EMPTY, (which, old) -> !old.members.isEmpty(), (which, old) -> {});
    }
    return room;
  }
}
