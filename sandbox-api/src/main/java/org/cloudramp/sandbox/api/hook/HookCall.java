package org.cloudramp.sandbox.api.hook;

import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * Something that happened in a room, for the room's code to answer. {@code onStart} and {@code
 * onError} are not here: the sandbox calls them by itself.
 */
public sealed interface HookCall {
  /** Whose code is to run. */
  ServiceId service();

  /** In which room. */
  RoomId room();

  /** On whose behalf. */
  ConnectionId connection();

  /** Which hook is to run. */
  Hook hook();

  /** A connection wants to join. */
  record Join(ServiceId service, RoomId room, ConnectionId connection) implements HookCall {
    @Override
    public Hook hook() {
      return Hook.ON_JOIN;
    }
  }

  /** A connection has sent a message. */
  record Message(ServiceId service, RoomId room, ConnectionId connection, Payload payload)
      implements HookCall {
    @Override
    public Hook hook() {
      return Hook.ON_MESSAGE;
    }
  }

  /**
   * A connection has left.
   *
   * @param code the WebSocket close code, 1006 if the connection broke
   * @param reason what the leaver gave as a reason; may be empty
   */
  record Leave(ServiceId service, RoomId room, ConnectionId connection, int code, String reason)
      implements HookCall {
    @Override
    public Hook hook() {
      return Hook.ON_LEAVE;
    }
  }
}
