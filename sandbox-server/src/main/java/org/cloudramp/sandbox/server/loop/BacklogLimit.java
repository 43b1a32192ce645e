package org.cloudramp.sandbox.server.loop;

import org.cloudramp.sandbox.server.websocket.OutgoingFrame;

/**
 * What may wait to be sent to one connection that is behind. Asked on its loop, for messages only;
 * quick, and waits for nothing.
 */
public interface BacklogLimit {
  /**
   * A message is about to wait.
   *
   * @param mustWait whether a part of it is out, so that it has to
   * @return whether it may; if not, the connection is being closed for it
   */
  boolean admit(OutgoingFrame message, boolean mustWait);

  /** A message that waited is out, or never will be. */
  void release(OutgoingFrame message);

  /** Messages have been admitted: closes somebody if too much waits now. */
  void relieve();
}
