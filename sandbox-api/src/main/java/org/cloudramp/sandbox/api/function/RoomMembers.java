package org.cloudramp.sandbox.api.function;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.Identity;

/**
 * Who is in a room, on all servers, as one hook sees it: whoever joins with this hook is there, and
 * whoever leaves with it is not. Costs no round trip. Valid as long as its {@link HostCall}.
 */
@Experimental
public interface RoomMembers {
  /** The most bytes that the state of a connection may have, as UTF-8. */
  int MAX_STATE_BYTES = 2048;

  /**
   * All of them, in the order in which they came. A hook that has asked is committed only if that
   * is still so, and runs again otherwise.
   */
  List<Member> all();

  /**
   * One of them. Nothing is checked at the commit: whoever has left by then misses what is sent.
   *
   * @param connection any text
   */
  Optional<Member> find(String connection);

  /**
   * What the room remembers of somebody who is in it, or leaves with this hook; with what the hook
   * has set itself. A hook that has asked, and has something to commit, runs again if that is not
   * so any more.
   *
   * @param connection any text
   * @return an empty text if nothing was set; nothing if nobody of that name is there
   */
  Optional<String> state(String connection);

  /**
   * Sets what the room remembers of somebody who is in it, if the hook succeeds.
   *
   * @param state at most {@link #MAX_STATE_BYTES} of UTF-8; empty for nothing
   * @throws IllegalArgumentException if it is longer
   */
  void setState(ConnectionId connection, String state);

  /**
   * One who is in a room.
   *
   * @param connection which connection
   * @param identity who that is
   */
  record Member(ConnectionId connection, Identity identity) {}
}
