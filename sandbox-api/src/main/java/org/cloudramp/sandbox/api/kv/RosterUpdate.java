package org.cloudramp.sandbox.api.kv;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Experimental;

/**
 * What a transaction has to do with who is in its room, and on which servers.
 *
 * @param server on whose behalf the transaction is; if it was {@linkplain ServerLeases#fence
 *     fenced}, the answer is {@link CommitResult.Fenced} and nothing happens
 * @param seen the version of the roster that was read; a conflict if it is another now. Empty if
 *     nobody looked.
 * @param changes in order; who goes takes its state with it, and who comes has none
 * @param seenStates the states that were read, by member, empty for none; a conflict if one of
 *     these members is not there or has another state
 * @param states what states become when the changes have happened, by member, empty for none; a
 *     conflict if one of these members is not there then. Does not change the version.
 */
@Experimental
public record RosterUpdate(
    String server,
    OptionalLong seen,
    List<RosterChange> changes,
    Map<String, Bytes> seenStates,
    Map<String, Bytes> states) {
  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if two changes are of one member, or the server's name has
   *     another shape than in a {@link RosterEntry}
   */
  public RosterUpdate {
    RosterEntry.requireServer(server);
    changes = List.copyOf(changes);
    seenStates = Map.copyOf(seenStates);
    states = Map.copyOf(states);
    if (changes.size() > 1
        && changes.stream().map(RosterChange::member).distinct().count() != changes.size()) {
      throw new IllegalArgumentException("two changes of a roster are of one member");
    }
  }

  /** Nobody looked at a state, and none changes. */
  public RosterUpdate(String server, OptionalLong seen, List<RosterChange> changes) {
    this(server, seen, changes, Map.of(), Map.of());
  }
}
