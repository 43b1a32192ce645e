package org.cloudramp.sandbox.server.rooms;

import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.Hook;
import org.jspecify.annotations.Nullable;

/**
 * Chooses which calls are followed, where they come in. Called by many threads at once, loops among
 * them: quick, waits for nothing, and does not throw.
 */
public interface CallTracer {
  /** Follows nothing, and so costs nothing. */
  CallTracer NONE = new CallTracer() {};

  /**
   * Something has come from a connection that a room is to answer.
   *
   * @param service whose room; a stranger may have made the name up
   * @param bytes how much has come with it
   * @return null if it is not followed
   */
  default @Nullable CallTrace came(ServiceId service, Hook hook, int bytes) {
    return null;
  }

  /**
   * A request has come, whole.
   *
   * @param service whose room; a stranger may have made the name up
   * @param bytes of its body
   * @param traceparent the header of that name, as it came; null if there is none
   * @return null if it is not followed
   */
  default @Nullable CallTrace asked(ServiceId service, int bytes, @Nullable String traceparent) {
    return null;
  }
}
