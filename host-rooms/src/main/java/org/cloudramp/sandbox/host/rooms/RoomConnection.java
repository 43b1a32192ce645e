package org.cloudramp.sandbox.host.rooms;

import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;

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
