package org.cloudramp.sandbox.server.rooms;

import org.cloudramp.sandbox.api.ServiceId;

/** Told of what is sent to connections, for whoever adds it up. */
@FunctionalInterface
public interface SentBytes {
  /** Adds nothing up. */
  SentBytes NONE = (service, bytes) -> {};

  /**
   * A message is handed to a connection. Called by many threads at once, loops among them: quick,
   * waits for nothing, and does not throw.
   *
   * @param service of the room; it may have been made up by whoever has opened the connection
   * @param bytes of the message, as they are in the frame
   */
  void sent(ServiceId service, int bytes);
}
