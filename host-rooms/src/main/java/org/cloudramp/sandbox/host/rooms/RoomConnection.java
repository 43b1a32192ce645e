package org.cloudramp.sandbox.host.rooms;

import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.kv.LogPosition;

/**
 * One user's line into a room, such as a WebSocket. Implemented by the server.
 *
 * <p>Called by the threads that run guests, by one at a time for one room. No method may wait: a
 * connection that cannot keep up queues a bounded amount, and then refuses. None may throw.
 */
public interface RoomConnection {
  /** Its name: made by the server, not guessable, unique in its room. Always the same. */
  ConnectionId id();

  /**
   * Who it is. Always the same, and the same as in the {@linkplain
   * org.cloudramp.sandbox.api.hook.HookCall#identity calls} on its behalf. Unless it is overridden,
   * nothing is known.
   */
  default Identity identity() {
    return Identity.UNKNOWN;
  }

  /**
   * Takes a message to send after those it has taken before. One broadcast gives the same {@code
   * payload} object to every connection, so queue it as it is and do not copy it.
   *
   * @return whether it was taken; false if the connection is closed or too far behind
   */
  boolean send(Payload payload);

  /**
   * As {@link #send(Payload)}, for a message of a room that is {@linkplain
   * org.cloudramp.sandbox.api.extension.RoomOrder#isShared shared}. Unless it is overridden, the
   * position is not told.
   *
   * @param position of the message in the room's log
   */
  default boolean send(Payload payload, LogPosition position) {
    return send(payload);
  }

  /**
   * It is in a shared room from now on: what is sent next comes after this position. Unless it is
   * overridden, nothing is done.
   */
  default void admitted(LogPosition position) {}

  /**
   * Everything up to this position has been sent that it is to get. Told now and then in a shared
   * room, so that a connection to which little is sent knows how far it is. Unless it is
   * overridden, nothing is done.
   */
  default void passed(LogPosition position) {}

  /**
   * Another connection goes on in its place, here or on another server: it is not in the room any
   * more, no leave is due for it, and nothing more is sent to it. Unless it is overridden it is
   * closed with 4009.
   */
  default void superseded() {
    close(4009, "this session goes on by way of another connection");
  }

  /**
   * Closes the connection after the messages taken so far. Does nothing if it is closed already.
   *
   * @param code a WebSocket close code that an application may use: 1000, or 3000 to 4999
   * @param reason at most 123 bytes of UTF-8
   */
  void close(int code, String reason);

  /**
   * Closes the connection after the messages taken so far, because it cannot go on here: what was
   * said in its room is lost, or other servers have let it go. Whoever is at the other end should
   * come again at once. Unless it is overridden it is closed with 4012; a WebSocket's own code for
   * it is 1012.
   *
   * @param reason at most 123 bytes of UTF-8
   */
  default void comeAgain(String reason) {
    close(4012, reason);
  }
}
