package org.cloudramp.sandbox.api.kv;

import org.cloudramp.sandbox.api.Experimental;

/** One change of who is in a room. */
@Experimental
public sealed interface RosterChange {
  /** Who comes or goes. */
  String member();

  /** Whose connection it is. */
  String server();

  /**
   * Somebody comes; a conflict if a member of that name is there.
   *
   * @param entry who
   */
  record Enter(RosterEntry entry) implements RosterChange {
    @Override
    public String member() {
      return entry.member();
    }

    @Override
    public String server() {
      return entry.server();
    }
  }

  /**
   * Somebody goes; a conflict if no such member of that server is there. So however many servers
   * try, one lets it go.
   *
   * @param member who
   * @param server that the roster names
   */
  record Leave(String member, String server) implements RosterChange {
    /**
     * @throws IllegalArgumentException if a name has another shape than in a {@link RosterEntry}
     */
    public Leave {
      RosterEntry.requireMember(member);
      RosterEntry.requireServer(server);
    }
  }
}
