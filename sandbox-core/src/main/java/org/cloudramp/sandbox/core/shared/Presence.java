package org.cloudramp.sandbox.core.shared;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.function.RoomMembers;
import org.cloudramp.sandbox.api.kv.RosterChange;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.cloudramp.sandbox.api.kv.RosterSession;
import org.cloudramp.sandbox.api.kv.RosterUpdate;
import org.cloudramp.sandbox.core.function.PendingEffect;
import org.jspecify.annotations.Nullable;

/**
 * Who is in a room as one run of a hook sees it, and what that run has to say in the room's log.
 * One thread at a time.
 */
public final class Presence implements RoomMembers {
  private final Attendance attendance;
  private final @Nullable Member joining;
  private final @Nullable ConnectionId leaving;
  private final Optional<Bytes> session;

  /** What is to be said in the roster besides who comes and goes. */
  private final List<RosterChange> further;

  /**
   * What the run has set of states, in order, by connection; bounded by the effects that a hook may
   * have.
   */
  private @Nullable Map<String, String> states;

  private Presence(
      Attendance attendance,
      @Nullable Member joining,
      @Nullable ConnectionId leaving,
      Optional<Bytes> session,
      List<RosterChange> further) {
    this.attendance = attendance;
    this.joining = joining;
    this.leaving = leaving;
    this.session = session;
    this.further = further;
  }

  static Presence of(Attendance attendance) {
    return new Presence(attendance, null, null, Optional.empty(), List.of());
  }

  /** Somebody says something that has a number among all that it says. */
  static Presence saying(Attendance attendance, ConnectionId connection, long number) {
    List<RosterChange> received =
        List.of(new RosterChange.Receive(connection.value(), attendance.server(), number));
    return new Presence(attendance, null, null, Optional.empty(), received);
  }

  /**
   * Somebody comes.
   *
   * @param session the key of the session, if there is one
   */
  static Presence joining(Attendance attendance, Member member, Optional<Bytes> session) {
    return new Presence(attendance, member, null, session, List.of());
  }

  static Presence leaving(Attendance attendance, ConnectionId connection) {
    return new Presence(attendance, null, connection, Optional.empty(), List.of());
  }

  @Override
  public List<Member> all() {
    List<Member> members = attendance.members().members();
    if (joining != null) {
      List<Member> withJoining = new ArrayList<>(members);
      withJoining.add(joining);
      return List.copyOf(withJoining);
    }
    return leaving == null
        ? members
        : members.stream().filter(member -> !member.connection().equals(leaving)).toList();
  }

  @Override
  public Optional<Member> find(String connection) {
    if (joining != null && joining.connection().value().equals(connection)) {
      return Optional.of(joining);
    }
    if (leaving != null && leaving.value().equals(connection)) {
      return Optional.empty();
    }
    return attendance.roll().find(connection).map(Roll.Present::member);
  }

  @Override
  public Optional<String> state(String connection) {
    if (states != null && states.containsKey(connection)) {
      return Optional.of(states.get(connection));
    }
    if (joining != null && joining.connection().value().equals(connection)) {
      return Optional.of("");
    }
    return attendance.state(connection);
  }

  @Override
  public void setState(ConnectionId connection, String state) {
    if (Bytes.utf8(state).size() > MAX_STATE_BYTES) {
      throw new IllegalArgumentException(
          "the state of a connection has at most %d bytes".formatted(MAX_STATE_BYTES));
    }
    if (states == null) {
      states = new LinkedHashMap<>();
    }
    states.put(connection.value(), state);
  }

  /** Whether it matters to the run who else comes and goes meanwhile. */
  public boolean dependsOnRoster() {
    return isChange() || attendance.isUsed();
  }

  /** Whether the run changes who is in the room, or what is remembered of them. */
  public boolean isChange() {
    return joining != null || leaving != null || states != null;
  }

  /** What the run has seen, which those that are committed with it see as well. */
  public Attendance attendance() {
    return attendance;
  }

  /** The run has ended well, and is committed with those that come after it. */
  public void addToAttendance() {
    attendance.add(states, further);
  }

  /** What is to be committed of it. */
  public RosterUpdate update() {
    List<RosterChange> changes = further;
    if (joining != null) {
      changes =
          List.of(
              new RosterChange.Enter(
                  new RosterEntry(
                      joining.connection().value(),
                      attendance.server(),
                      Roll.description(joining.identity()),
                      session.map(key -> new RosterSession(key, 0)))));
    } else if (leaving != null) {
      changes = List.of(new RosterChange.Leave(leaving.value(), serverOf(leaving)));
    }
    return attendance.update(changes, states);
  }

  /**
   * What is to be appended: who is in the room comes first, so that a join's own messages reach the
   * one who joins, and a leave's do not reach the one who leaves; then what is remembered of them.
   */
  public List<Bytes> entries(List<PendingEffect> effects) {
    List<Bytes> entries = new ArrayList<>();
    if (joining != null) {
      entries.add(RoomEntry.joined(joining, attendance.server()));
    } else if (leaving != null) {
      entries.add(RoomEntry.left(leaving, serverOf(leaving)));
    }
    if (states != null) {
      states.forEach(
          (who, state) -> entries.add(RoomEntry.stateChanged(new ConnectionId(who), state)));
    }
    for (PendingEffect effect : effects) {
      if (effect.happensEverywhere()) {
        entries.add(RoomEntry.effect(effect.type(), effect.types(), effect.arguments()));
      }
    }
    return entries;
  }

  private String serverOf(ConnectionId connection) {
    return attendance
        .roll()
        .find(connection.value())
        .map(Roll.Present::server)
        .orElse(attendance.server());
  }
}
