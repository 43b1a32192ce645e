package org.cloudramp.sandbox.api.kv;

import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Experimental;

/**
 * Who was in a room at one moment, on all servers.
 *
 * @param version grows by one with each {@link RosterChange} by which somebody comes or goes. It
 *     begins at random, and a roster that was lost begins again elsewhere, so two rosters of one
 *     version are the same.
 * @param entries in the order in which they came
 * @param states what the room remembers of members, by their names; none is empty
 */
@Experimental
public record Roster(long version, List<RosterEntry> entries, Map<String, Bytes> states) {
  /** What a state counts towards the bytes of its service, besides its own. */
  public static final int STATE_BYTES = 128;

  /** Copies the collections. */
  public Roster {
    entries = List.copyOf(entries);
    states = Map.copyOf(states);
  }

  /** Nothing is remembered of anybody. */
  public Roster(long version, List<RosterEntry> entries) {
    this(version, entries, Map.of());
  }

  /** What a state counts towards the bytes of its service; nothing if it is empty. */
  public static int bytesOf(Bytes state) {
    return state.size() == 0 ? 0 : STATE_BYTES + state.size();
  }
}
