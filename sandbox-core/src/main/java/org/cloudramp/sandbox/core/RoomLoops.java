package org.cloudramp.sandbox.core;

import org.cloudramp.sandbox.api.RoomAddress;

/**
 * On which loop of the embedder's each room has its turns: see {@link SandboxBuilder#loops}.
 * Thread-safe.
 */
@FunctionalInterface
public interface RoomLoops {
  /**
   * The loop of a room, always the same. Quick: it is asked for each room that comes into being.
   */
  RoomLoop of(RoomAddress room);
}
