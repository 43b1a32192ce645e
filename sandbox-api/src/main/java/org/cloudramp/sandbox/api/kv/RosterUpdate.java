package org.cloudramp.sandbox.api.kv;

import java.util.List;
import java.util.OptionalLong;
import org.cloudramp.sandbox.api.Experimental;

/**
 * What a transaction has to do with who is in its room, and on which servers.
 *
 * @param server on whose behalf the transaction is; if it was {@linkplain ServerLeases#fence
 *     fenced}, the answer is {@link CommitResult.Fenced} and nothing happens
 * @param seen the version of the roster that was read; a conflict if it is another now. Empty if
 *     nobody looked.
 * @param changes in order
 */
@Experimental
public record RosterUpdate(String server, OptionalLong seen, List<RosterChange> changes) {
  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if two changes are of one member, or the server's name has
   *     another shape than in a {@link RosterEntry}
   */
  public RosterUpdate {
    RosterEntry.requireServer(server);
    changes = List.copyOf(changes);
    if (changes.stream().map(RosterChange::member).distinct().count() != changes.size()) {
      throw new IllegalArgumentException("two changes of a roster are of one member");
    }
  }
}
