package org.cloudramp.sandbox.host.rooms;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.jspecify.annotations.Nullable;

/**
 * Who is in one room, in the order they came. Thread-safe; holds its lock for look-ups only, never
 * while a connection works.
 *
 * <p>Ids are compared as text, because a guest may ask for a connection with any text.
 */
final class Room {
  /** What most rooms need of a map: they are small, and there are many. */
  private static final int FEW = 2;

  /** Those on their way; none for most of the time, and then there is no map. */
  private @Nullable Map<String, RoomConnection> announced;

  /** Members whose leave is under way; none for most of the time, and then there is no set. */
  private @Nullable Set<String> leaving;

  /** Members that others have let go, until their own leave begins; mostly none. */
  private @Nullable Set<String> letGo;

  private final Map<String, RoomConnection> members = new LinkedHashMap<>(FEW);

  /** What is remembered of members; most rooms remember nothing, and then there is no map. */
  private @Nullable Map<String, String> states;

  /** What the hook that runs has set of states; null if it has set nothing. */
  private volatile @Nullable PendingStates pending;

  /** Whose leave runs; null if nobody's does. */
  private volatile @Nullable Departing departing;

  /** Somebody who is no member any more, but whose leave may still ask what was remembered. */
  private record Departing(String id, String state) {}

  /**
   * States that are not committed. One hook of a room runs at a time, but it may run again, and
   * then it is another call.
   */
  private record PendingStates(HostCall call, Map<String, String> states) {}

  /** Whether a hook has run for a member who is still here, or whose leave runs. */
  private volatile boolean inUse;

  /** Written by whoever performs the room's log, one entry at a time. */
  private volatile LogPosition position = LogPosition.none();

  /** The members as a list that broadcasts walk over without the lock; null after a change. */
  private @Nullable List<RoomConnection> snapshot = List.of();

  /** Remembers a connection whose join is on its way. */
  synchronized void announce(RoomConnection connection) {
    String id = connection.id().value();
    if (members.containsKey(id) || (announced != null && announced.containsKey(id))) {
      throw new IllegalStateException("connection '" + id + "' is in the room already");
    }
    announceSuccessor(connection);
  }

  /** Remembers a connection that is to take the place of one that may be here. */
  synchronized void announceSuccessor(RoomConnection connection) {
    if (announced == null) {
      announced = new HashMap<>(FEW);
    }
    announced.put(connection.id().value(), connection);
  }

  /** Forgets an announced connection, if it is still this one. */
  synchronized void withdraw(RoomConnection connection) {
    if (announced != null && announced.get(connection.id().value()) == connection) {
      @Nullable RoomConnection unused = takeAnnounced(connection.id());
    }
  }

  /**
   * Somebody goes on by way of another connection; gives the one before, if it was here.
   *
   * @param isHere whether the other one is here, if it was announced
   */
  synchronized @Nullable RoomConnection replace(ConnectionId id, boolean isHere) {
    RoomConnection successor = isHere ? takeAnnounced(id) : null;
    RoomConnection before = members.get(id.value());
    forgetLetGo(id);
    forgetLeaving(id);
    if (successor != null) {
      members.put(id.value(), successor);
    } else {
      members.remove(id.value());
      forgetState(id.value());
    }
    snapshot = null;
    return before;
  }

  /** What is performed next is in the entry at this position. */
  void at(LogPosition next) {
    position = next;
  }

  /** The position before another; whoever performs the entry there is about to. */
  LogPosition before(LogPosition next) {
    LogPosition before = next.plus(-1);
    LogPosition known = position;
    return known.equals(before) ? known : before;
  }

  /** The position of the entry that is being performed. */
  LogPosition position() {
    return position;
  }

  /** Makes an announced connection a member; false if there is none of that name. */
  synchronized boolean admit(ConnectionId id) {
    RoomConnection connection = takeAnnounced(id);
    if (connection == null) {
      return false;
    }
    members.put(id.value(), connection);
    snapshot = null;
    return true;
  }

  /** The leave of a member is under way. */
  synchronized void leaves(ConnectionId id) {
    forgetLetGo(id);
    if (members.containsKey(id.value())) {
      if (leaving == null) {
        leaving = new HashSet<>(FEW);
      }
      leaving.add(id.value());
    }
  }

  /** Forgets a member; gives it, and notes that it was let go, if no leave was under way. */
  synchronized @Nullable RoomConnection takeUnlessItLeaves(ConnectionId id) {
    boolean isLeaving = leaving != null && leaving.contains(id.value());
    RoomConnection member = members.get(id.value());
    remove(id);
    if (isLeaving || member == null) {
      return null;
    }
    noteLetGo(id.value());
    return member;
  }

  private void noteLetGo(String id) {
    if (letGo == null) {
      letGo = new HashSet<>(FEW);
    }
    letGo.add(id);
  }

  /** Others let all members go, or are about to; gives those, and those on the way. */
  synchronized List<RoomConnection> letAllGo() {
    members.keySet().forEach(this::noteLetGo);
    return all();
  }

  /** Whether a member was let go, and its leave has not begun. */
  synchronized boolean isLetGo(ConnectionId id) {
    return letGo != null && letGo.contains(id.value());
  }

  /** All that are here or on the way. */
  synchronized List<RoomConnection> all() {
    List<RoomConnection> all = new ArrayList<>(members.values());
    if (announced != null) {
      all.addAll(announced.values());
    }
    return all;
  }

  /** Whether somebody is here, or on the way in or out. */
  synchronized boolean has(ConnectionId id) {
    return members.containsKey(id.value())
        || (announced != null && announced.containsKey(id.value()))
        || (letGo != null && letGo.contains(id.value()));
  }

  /** Forgets a connection, announced or member. */
  synchronized void remove(ConnectionId id) {
    @Nullable RoomConnection unused = takeAnnounced(id);
    forgetLetGo(id);
    forgetLeaving(id);
    forgetState(id.value());
    if (members.remove(id.value()) != null) {
      snapshot = null;
    }
  }

  /** The leave of a member begins, which may ask what was remembered. */
  synchronized void takeLeave(ConnectionId id) {
    Departing leaves =
        members.containsKey(id.value())
            ? new Departing(id.value(), stateOfMember(id.value()))
            : null;
    remove(id);
    departing = leaves;
  }

  private String stateOfMember(String id) {
    return states == null ? "" : states.getOrDefault(id, "");
  }

  /** What is remembered of a member, or of whoever's leave runs; nothing of anybody else. */
  synchronized Optional<String> state(String id) {
    if (members.containsKey(id)) {
      return Optional.of(stateOfMember(id));
    }
    Departing leaves = departing;
    return leaves != null && leaves.id().equals(id)
        ? Optional.of(leaves.state())
        : Optional.empty();
  }

  /** What is remembered, as a hook sees it. */
  synchronized Optional<String> state(HostCall call, String id) {
    PendingStates set = pending;
    if (set != null && set.call() == call && set.states().containsKey(id)) {
      return Optional.of(set.states().get(id));
    }
    return state(id);
  }

  /** A hook has set a state. Bounded by the effects that it may have. */
  synchronized void note(HostCall call, String id, String state) {
    PendingStates set = pending;
    if (set == null || set.call() != call) {
      set = new PendingStates(call, new HashMap<>());
      pending = set;
    }
    set.states().put(id, state);
  }

  /** What a hook has set of states is committed now, or never will be. */
  void hookIsOver() {
    if (pending != null || departing != null) { // which most hooks leave alone
      pending = null;
      departing = null;
    }
  }

  /** Remembers something of a member; of others there is nothing to remember. */
  synchronized void setState(String id, String state) {
    if (state.isEmpty()) {
      forgetState(id);
    } else if (members.containsKey(id)) {
      if (states == null) {
        states = new HashMap<>();
      }
      states.put(id, state);
    }
  }

  private void forgetState(String id) {
    if (states != null) {
      states.remove(id);
      states = states.isEmpty() ? null : states;
    }
  }

  private void forgetLeaving(ConnectionId id) {
    if (leaving != null) {
      leaving.remove(id.value());
      leaving = leaving.isEmpty() ? null : leaving;
    }
  }

  private void forgetLetGo(ConnectionId id) {
    if (letGo != null) {
      letGo.remove(id.value());
      letGo = letGo.isEmpty() ? null : letGo;
    }
  }

  private @Nullable RoomConnection takeAnnounced(ConnectionId id) {
    if (announced == null) {
      return null;
    }
    RoomConnection connection = announced.remove(id.value());
    if (announced.isEmpty()) {
      announced = null;
    }
    return connection;
  }

  /** A hook of this room has run. */
  void ran() {
    if (!inUse) { // which it is after the first one
      synchronized (this) {
        inUse = !members.isEmpty();
      }
    }
  }

  /** Whether a hook has run for a member who is still here, or whose leave runs. */
  boolean isInUse() {
    return inUse;
  }

  /**
   * Somebody's stay is over: a room without members is in nobody's use.
   *
   * @return whether nobody is here and nobody on the way
   */
  synchronized boolean settle() {
    inUse = inUse && !members.isEmpty();
    return announced == null && letGo == null && members.isEmpty();
  }

  synchronized List<RoomConnection> members() {
    if (snapshot == null) {
      snapshot = List.copyOf(members.values());
    }
    return snapshot;
  }

  synchronized Optional<RoomConnection> member(String id) {
    return Optional.ofNullable(members.get(id));
  }

  /** Those of {@code ids} that are members, each once, in the order in which they are named. */
  synchronized List<RoomConnection> present(Collection<String> ids) {
    Map<String, RoomConnection> present = new LinkedHashMap<>();
    for (String id : ids) {
      RoomConnection member = members.get(id);
      if (member != null) {
        present.put(id, member);
      }
    }
    return List.copyOf(present.values());
  }
}
