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
   * One who is in a room.
   *
   * @param connection which connection
   * @param identity who that is
   */
  record Member(ConnectionId connection, Identity identity) {}
}
