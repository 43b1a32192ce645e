package org.cloudramp.sandbox.api.kv;

import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Experimental;

/**
 * Who was in a room at one moment, on all servers.
 *
 * @param version grows with each {@link RosterChange} by which somebody comes or goes, by the
 *     {@link #step} of that member. It begins at random, and a roster that was lost begins again
 *     elsewhere, so two rosters of one version are the same, also when a store has gone back and on
 *     with others.
 * @param entries in the order in which they came
 * @param states what the room remembers of members, by their names; none is empty
 */
@Experimental
public record Roster(long version, List<RosterEntry> entries, Map<String, Bytes> states) {
  /** What a state counts towards the bytes of its service, besides its own. */
  public static final int STATE_BYTES = 128;

  private static final int STEP_BITS = 20;

  /** Of similar names it makes steps that have nothing to do with each other. */
  private static final int SPREAD = 0x9E3779B9;

  /** Copies the collections. */
  public Roster {
    entries = List.copyOf(entries);
    states = Map.copyOf(states);
  }

  /** Nothing is remembered of anybody. */
  public Roster(long version, List<RosterEntry> entries) {
    this(version, entries, Map.of());
  }

  /** By how much the version grows when a member comes or goes: 1 to 2<sup>20</sup>. */
  public static long step(String member) {
    int spread = member.hashCode() * SPREAD;
    return 1L + (spread >>> (Integer.SIZE - STEP_BITS));
  }

  /** What a state counts towards the bytes of its service; nothing if it is empty. */
  public static int bytesOf(Bytes state) {
    return state.size() == 0 ? 0 : STATE_BYTES + state.size();
  }
}
