package org.cloudramp.sandbox.core.function;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.hook.Hook;

/**
 * What a plugin sees of the call it serves: a copy, because a plugin that does not return in time
 * outlives the hook. Immutable.
 *
 * @param deadline when it must have returned, by {@link System#nanoTime}
 */
record PluginCall(
    ModuleVersion version,
    RoomAddress address,
    Hook hook,
    Optional<ConnectionId> connection,
    Instant time,
    long deadline)
    implements HostCall {
  static PluginCall of(HostCall call, Duration budget) {
    return new PluginCall(
        call.version(),
        call.address(),
        call.hook(),
        call.connection(),
        call.time(),
        System.nanoTime() + budget.toNanos());
  }

  @Override
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }
}
