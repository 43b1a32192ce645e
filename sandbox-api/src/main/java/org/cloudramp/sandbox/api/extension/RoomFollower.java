package org.cloudramp.sandbox.api.extension;

import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.LogPosition;

/**
 * Told what the log of a room of many servers says about who is in it, between the effects that
 * {@linkplain org.cloudramp.sandbox.api.function.EffectFunction#happensEverywhere happen
 * everywhere}, in the log's order: one at a time for each room, on any thread. Methods must be
 * quick, must not wait and must not throw.
 */
@Experimental
public interface RoomFollower {
  /**
   * All before the entry at this position has happened here; what is told next, or happens next, is
   * in that entry. Unless it is overridden, nothing is done with it.
   */
  default void at(RoomAddress room, LogPosition position) {}

  /**
   * The connection of somebody who is in the room is another one from now on, as of a client that
   * has come back: here, or on another server. Who has the one before forgets it, and no leave is
   * due for it. Unless it is overridden, nothing is done with it.
   *
   * @param isHere whether it came to this server
   * @return whether that is a connection of this process
   */
  default boolean resumed(RoomAddress room, ConnectionId connection, boolean isHere) {
    return false;
  }

  /**
   * Somebody is in the room from now on.
   *
   * @return whether that is a connection of this process
   */
  boolean joined(RoomAddress room, ConnectionId connection);

  /**
   * Somebody is not in the room any more. It may be a connection of this process that is still
   * open: another server has let it go because it took this one for dead.
   */
  void left(RoomAddress room, ConnectionId connection);

  /**
   * The room remembers something else of somebody who is in it.
   *
   * @param state empty for nothing
   */
  default void stateChanged(RoomAddress room, ConnectionId connection, String state) {}

  /**
   * Whether a connection of this process is in the room, on its way into it, or on its way out of
   * it. Whoever is in the room by way of this server, and is nobody's connection, leaves. Asked at
   * any time, on any thread.
   */
  boolean has(RoomAddress room, ConnectionId connection);

  /**
   * Whether a connection of this process was let go by others, though its own leave has not come
   * yet: what it has said before is not run any more, for the room has been told that it left.
   * Asked in the room's order.
   */
  boolean isLetGo(RoomAddress room, ConnectionId connection);

  /**
   * What was said in the room is lost for the connections that this process has in it: they must
   * not go on as if nothing had happened.
   */
  void missed(RoomAddress room);

  /**
   * Other servers have let all connections that this process has in shared rooms go, or are about
   * to; it starts over under another name.
   */
  void fenced();
}
