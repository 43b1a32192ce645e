package org.cloudramp.sandbox.core.shared;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.kv.RosterChange;
import org.cloudramp.sandbox.api.kv.RosterUpdate;
import org.jspecify.annotations.Nullable;

/**
 * What the hooks of one commit have seen of who is in a room, and what the earlier ones have said
 * of that: mostly one hook, or several that run one after the other. All of them see one roster,
 * that of the first look, and the commit says whether it still holds. One thread at a time.
 *
 * <p>Bounded by the members of the room, and by the effects of the hooks that are committed
 * together.
 */
public final class Attendance {
  private final Roll roll;
  private final String server;

  /** Made when a hook first asks for all members. */
  private Roll.@Nullable Snapshot seen;

  /** The states that were read of the roster; made when a hook first asks for one. */
  private @Nullable Map<String, String> seenStates;

  /** The states that earlier hooks have set; made when the first of them is added. */
  private @Nullable Map<String, String> states;

  /** The messages with numbers that earlier hooks have answered, by member; made as above. */
  private @Nullable Map<String, RosterChange.Receive> received;

  /**
   * Nobody has looked yet.
   *
   * @param server on whose behalf it is committed
   */
  Attendance(Roll roll, String server) {
    this.roll = roll;
    this.server = server;
  }

  Roll roll() {
    return roll;
  }

  String server() {
    return server;
  }

  /** The members, as they were when a hook of the commit first asked. */
  Roll.Snapshot members() {
    Roll.Snapshot found = seen;
    if (found == null) {
      found = roll.snapshot();
      seen = found;
    }
    return found;
  }

  /** What the room remembers of somebody; nothing if nobody of that name is there. */
  Optional<String> state(String connection) {
    if (states != null && states.containsKey(connection)) {
      return Optional.of(states.get(connection));
    }
    Map<String, String> read = seenStates;
    if (read != null && read.containsKey(connection)) {
      return Optional.ofNullable(read.get(connection)); // as it was: the roll may have moved on
    }
    Optional<String> found = roll.state(connection);
    if (found.isPresent()) {
      if (read == null) {
        read = new HashMap<>();
        seenStates = read;
      }
      read.put(connection, found.get());
    }
    return found;
  }

  /** Whether anything of the roster was looked at. */
  boolean isUsed() {
    return seen != null || seenStates != null;
  }

  /** A hook has ended well: those after it see the states that it has set. */
  void add(@Nullable Map<String, String> set, List<RosterChange> further) {
    if (set != null) {
      if (states == null) {
        states = new LinkedHashMap<>();
      }
      states.putAll(set);
    }
    for (RosterChange change : further) {
      if (change instanceof RosterChange.Receive message) {
        if (received == null) {
          received = new LinkedHashMap<>();
        }
        received.merge(message.member(), message, Attendance::both);
      }
    }
  }

  private static RosterChange.Receive both(RosterChange.Receive first, RosterChange.Receive last) {
    return new RosterChange.Receive(first.member(), first.server(), first.first(), last.number());
  }

  /** What is to be committed of all hooks that were added. */
  public RosterUpdate update() {
    return update(received == null ? List.of() : new ArrayList<>(received.values()), states);
  }

  /** What is to be committed of these changes and states, and of what was seen. */
  RosterUpdate update(List<RosterChange> changes, @Nullable Map<String, String> set) {
    OptionalLong version = seen == null ? OptionalLong.empty() : OptionalLong.of(seen.version());
    return new RosterUpdate(server, version, changes, bytes(seenStates), bytes(set));
  }

  private static Map<String, Bytes> bytes(@Nullable Map<String, String> ofConnections) {
    if (ofConnections == null) {
      return Map.of();
    }
    Map<String, Bytes> bytes = new HashMap<>();
    ofConnections.forEach((connection, state) -> bytes.put(connection, Bytes.utf8(state)));
    return bytes;
  }
}
