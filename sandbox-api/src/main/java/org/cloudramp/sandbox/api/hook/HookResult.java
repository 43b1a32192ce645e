package org.cloudramp.sandbox.api.hook;

import java.time.Duration;
import java.util.List;
import org.cloudramp.sandbox.api.ModuleVersion;

/**
 * What came of a call.
 *
 * @param call what was asked
 * @param version the code that ran
 * @param outcome how it ended
 * @param events what it emitted, in order; already delivered
 * @param elapsed from the start of its first attempt to the end of its commit
 */
public record HookResult(
    HookCall call,
    ModuleVersion version,
    HookOutcome outcome,
    List<Event> events,
    Duration elapsed) {
  /** Copies the list. */
  public HookResult {
    events = List.copyOf(events);
  }

  /** Whether the guest let it happen: it completed, or the guest has no such hook. */
  public boolean accepted() {
    return outcome instanceof HookOutcome.Completed || outcome instanceof HookOutcome.Absent;
  }
}
