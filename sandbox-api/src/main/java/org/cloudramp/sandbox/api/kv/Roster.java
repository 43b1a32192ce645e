package org.cloudramp.sandbox.api.kv;

import java.util.List;
import org.cloudramp.sandbox.api.Experimental;

/**
 * Who was in a room at one moment, on all servers.
 *
 * @param version grows by one with each {@link RosterChange} by which somebody comes or goes. It
 *     begins at random, and a roster that was lost begins again elsewhere, so two rosters of one
 *     version are the same.
 * @param entries in the order in which they came
 */
@Experimental
public record Roster(long version, List<RosterEntry> entries) {
  /** Copies the list. */
  public Roster {
    entries = List.copyOf(entries);
  }
}
