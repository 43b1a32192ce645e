package org.cloudramp.sandbox.api.function;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.Hook;

/**
 * Who calls a host function, and when. The host fills it in: a guest cannot forge any of it. Valid
 * until the function returns, on the thread it was called on.
 */
public interface HostCall {
  /** The code that calls. */
  ModuleVersion version();

  /** The service that calls. */
  default ServiceId service() {
    return version().service();
  }

  /** The room that the hook runs for, with its service. */
  RoomAddress address();

  /** The room that the hook runs for. */
  default RoomId room() {
    return address().room();
  }

  /** The hook that runs. */
  Hook hook();

  /** The connection on whose behalf the hook runs; empty in {@code onStart}. */
  Optional<ConnectionId> connection();

  /** The time of the event, as the guest sees it; the same throughout a hook. */
  Instant time();

  /**
   * What is left of the hook's time budget, never negative. A function that may wait must not wait
   * longer: the guest would be stopped when it returns.
   */
  Duration remaining();

  /**
   * Who is in the room, if that is known beyond this process.
   *
   * @return empty for a room whose connections are all of this process, and for functions that run
   *     on threads of their own
   */
  @Experimental
  default Optional<RoomMembers> members() {
    return Optional.empty();
  }
}
