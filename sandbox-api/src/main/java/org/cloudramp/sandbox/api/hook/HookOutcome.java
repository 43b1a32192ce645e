package org.cloudramp.sandbox.api.hook;

import java.util.Optional;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.error.SandboxException;

/** How a hook ended. */
public sealed interface HookOutcome {
  /** It returned: its writes are committed and its events are out. */
  record Completed() implements HookOutcome {}

  /**
   * It returned and refused; in {@code onJoin} that turns the connection away. Nothing else
   * happened.
   *
   * @param close how the connection is to be closed. In {@code onJoin} it is what the guest has
   *     said; empty if it has said nothing, and {@link CloseFrame#NOT_LET_IN} then says what there
   *     is to say. In {@code onMessage} it is there if the guest declares that it takes no messages
   *     of that kind; empty if it has refused this one, and the connection stays
   */
  record Refused(Optional<CloseFrame> close) implements HookOutcome {
    /** Refused without a word. */
    public Refused() {
      this(Optional.empty());
    }
  }

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
