package org.cloudramp.sandbox.api.kv;

import org.cloudramp.sandbox.api.Bytes;
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

  /**
   * Messages of a member were taken, one or several. A conflict if no such member of that server is
   * there, it has no session, or a message of the first number or a higher one was taken before. It
   * changes no {@linkplain Roster#version version}: the same members are there as before.
   *
   * @param member whose messages they were
   * @param server that the roster names
   * @param first the number of the first of them; positive
   * @param number the number of the last of them, which the roster keeps; not below the first
   */
  record Receive(String member, String server, long first, long number) implements RosterChange {
    /**
     * @throws IllegalArgumentException if a name has another shape than in a {@link RosterEntry},
     *     the first number is not positive, or the last is below it
     */
    public Receive {
      RosterEntry.requireMember(member);
      RosterEntry.requireServer(server);
      if (first <= 0) {
        throw new IllegalArgumentException("messages are numbered from 1; this is " + first);
      }
      if (number < first) {
        throw new IllegalArgumentException(
            "messages from %d to %d are none".formatted(first, number));
      }
    }

    /** One message was taken. */
    public Receive(String member, String server, long number) {
      this(member, server, number, number);
    }
  }

  /**
   * A member goes on, on the same server or on another. A conflict if no such member of that server
   * is there whose session has the key {@code seen}: so of those who try at a time, one succeeds.
   * It changes no {@linkplain Roster#version version}.
   *
   * @param member who
   * @param server that the roster names
   * @param seen the key that the roster has
   * @param nextServer whose connection it is from now on
   * @param nextKey the key from now on
   */
  record Resume(String member, String server, Bytes seen, String nextServer, Bytes nextKey)
      implements RosterChange {
    /**
     * @throws IllegalArgumentException if a name has another shape than in a {@link RosterEntry},
     *     or a key another size than in a {@link RosterSession}
     */
    public Resume {
      RosterEntry.requireMember(member);
      RosterEntry.requireServer(server);
      RosterEntry.requireServer(nextServer);
      RosterSession.requireKey(seen);
      RosterSession.requireKey(nextKey);
    }
  }
}
