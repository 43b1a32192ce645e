package org.cloudramp.sandbox.core.shared;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.function.RoomMembers;
import org.cloudramp.sandbox.api.function.RoomMembers.Member;
import org.cloudramp.sandbox.api.kv.Roster;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.jspecify.annotations.Nullable;

/**
 * This server's copy of a roster. Thread-safe; its lock is held for look-ups only. Bounded by the
 * connections that all servers take, each with up to {@link RoomMembers#MAX_STATE_BYTES} of state.
 */
final class Roll {
  /**
   * A member and its server.
   *
   * @param server whose connection it is
   */
  record Present(Member member, String server) {}

  /**
   * The members at one moment.
   *
   * @param version of the roster
   */
  record Snapshot(long version, List<Member> members) {}

  private final Map<String, Present> present = new LinkedHashMap<>();

  /** The last message that was taken of each member who numbers them. */
  private final Map<String, Long> received = new HashMap<>();

  /** Of each member, the first message that could not be taken and is to be sent again. */
  private final Map<String, Long> untaken = new HashMap<>();

  /** Of those of whom the room remembers something. */
  private final Map<String, String> states = new HashMap<>();

  private long version;

  /** Null after a change. */
  private @Nullable Snapshot snapshot;

  /** Becomes a copy of a roster, whatever it was before. */
  synchronized void become(Roster roster) {
    present.clear();
    received.clear();
    states.clear();
    roster.states().forEach((member, state) -> states.put(member, state.utf8()));
    for (RosterEntry entry : roster.entries()) {
      present.put(entry.member(), new Present(member(entry), entry.server()));
      entry.session().ifPresent(session -> received.put(entry.member(), session.received()));
    }
    untaken.keySet().retainAll(present.keySet());
    version = roster.version();
    snapshot = null;
  }

  synchronized void add(Member member, String server) {
    present.put(member.connection().value(), new Present(member, server));
    version += Roster.step(member.connection().value());
    snapshot = null;
  }

  /** Somebody is on another server now; gives who, or nothing if nobody of that name is there. */
  synchronized Optional<Member> move(ConnectionId connection, String server) {
    untaken.remove(connection.value()); // it is told what was taken, and sends the rest again
    Present moved =
        present.computeIfPresent(
            connection.value(), (key, before) -> new Present(before.member(), server));
    return Optional.ofNullable(moved).map(Present::member);
  }

  /** A message of somebody was taken, if it is not one from before. */
  synchronized void receive(ConnectionId connection, long number) {
    if (present.containsKey(connection.value())) {
      received.merge(connection.value(), number, Math::max);
      untaken.computeIfPresent(connection.value(), (who, first) -> number < first ? first : null);
    }
  }

  /** A message of somebody could not be taken, and comes again. */
  synchronized void notTaken(ConnectionId connection, long number) {
    if (present.containsKey(connection.value())) {
      untaken.merge(connection.value(), number, Math::min);
    }
  }

  /** Whether an earlier message of somebody has to be taken first. */
  synchronized boolean comesAfterUntaken(ConnectionId connection, long number) {
    Long first = untaken.get(connection.value());
    return first != null && number > first;
  }

  /** The number of the last message that was taken of somebody, as far as this server knows. */
  synchronized long received(ConnectionId connection) {
    return received.getOrDefault(connection.value(), 0L);
  }

  synchronized void remove(ConnectionId connection) {
    present.remove(connection.value());
    received.remove(connection.value());
    untaken.remove(connection.value());
    states.remove(connection.value());
    version += Roster.step(connection.value());
    snapshot = null;
  }

  /** Of somebody who has gone there is nothing to remember. */
  synchronized void setState(ConnectionId connection, String state) {
    if (state.isEmpty()) {
      states.remove(connection.value());
    } else if (present.containsKey(connection.value())) {
      states.put(connection.value(), state);
    }
  }

  /** What the room remembers of somebody; nothing if nobody of that name is there. */
  synchronized Optional<String> state(String connection) {
    return present.containsKey(connection)
        ? Optional.of(states.getOrDefault(connection, ""))
        : Optional.empty();
  }

  synchronized Snapshot snapshot() {
    Snapshot made = snapshot;
    if (made == null) {
      made = new Snapshot(version, present.values().stream().map(Present::member).toList());
      snapshot = made;
    }
    return made;
  }

  synchronized Optional<Present> find(String connection) {
    return Optional.ofNullable(present.get(connection));
  }

  synchronized boolean hasMembersBesides(String server) {
    return present.values().stream().anyMatch(each -> !each.server().equals(server));
  }

  synchronized List<Member> ofServer(String server) {
    return present.values().stream()
        .filter(each -> each.server().equals(server))
        .map(Present::member)
        .toList();
  }

  synchronized long version() {
    return version;
  }

  /** Who it is that an entry speaks of. */
  static Member member(RosterEntry entry) {
    return new Member(new ConnectionId(entry.member()), identity(entry.description()));
  }

  /** What a roster says of an identity. */
  static Bytes description(Identity identity) {
    return Bytes.adopt(new WireWriter().string(identity.user()).string(identity.info()).toArray());
  }

  /** What {@link #description} has said. */
  static Identity identity(Bytes description) {
    WireReader reader = new WireReader(description.toArray());
    return new Identity(reader.string(), reader.string());
  }
}
