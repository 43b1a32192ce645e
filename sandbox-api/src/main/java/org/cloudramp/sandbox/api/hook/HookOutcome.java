package org.cloudramp.sandbox.api.hook;

import org.cloudramp.sandbox.api.error.SandboxException;

/** How a hook ended. */
public sealed interface HookOutcome {
  /** It returned: its writes are committed and its events are out. */
  record Completed() implements HookOutcome {}

  /**
   * It returned and refused; in {@code onJoin} that turns the connection away. Nothing else
   * happened.
   */
  record Refused() implements HookOutcome {}

  /** The guest has no such hook. */
  record Absent() implements HookOutcome {}

  /**
   * It did not return, or its writes could not be committed. Nothing of it happened; the events of
   * the result, if any, are those of {@code onError}.
   *
   * @param cause what went wrong, with service, room and hook in its message
   */
  record Failed(SandboxException cause) implements HookOutcome {}
}
