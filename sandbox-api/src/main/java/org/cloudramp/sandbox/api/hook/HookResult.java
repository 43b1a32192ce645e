package org.cloudramp.sandbox.api.hook;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.ModuleVersion;

/**
 * What came of a call. Later versions add to it.
 *
 * @param call what was asked
 * @param version the code that ran
 * @param outcome how it ended
 * @param events what it emitted, in order; already delivered
 * @param answer what the room answers to a {@link HookCall.Request} whose hook has completed; empty
 *     if it has said nothing, and for all other calls
 * @param elapsed from the start of its first attempt to the end of its commit
 * @param usage what it has taken of the host
 */
public record HookResult(
    HookCall call,
    ModuleVersion version,
    HookOutcome outcome,
    List<Event> events,
    Optional<HttpAnswer> answer,
    Duration elapsed,
    HookUsage usage) {
  /** Copies the list. Later versions add to what a result says. */
  @Experimental
  public HookResult {
    events = List.copyOf(events);
  }

  /** The result of a call that is no request, or was not answered. */
  public HookResult(
      HookCall call,
      ModuleVersion version,
      HookOutcome outcome,
      List<Event> events,
      Duration elapsed) {
    this(call, version, outcome, events, Optional.empty(), elapsed, HookUsage.none());
  }

  @Experimental
  @Override
  public Optional<HttpAnswer> answer() {
    return answer;
  }

  @Experimental
  @Override
  public HookUsage usage() {
    return usage;
  }

  /** Whether the guest let it happen: it completed, or the guest has no such hook. */
  public boolean accepted() {
    return outcome instanceof HookOutcome.Completed || outcome instanceof HookOutcome.Absent;
  }
}
