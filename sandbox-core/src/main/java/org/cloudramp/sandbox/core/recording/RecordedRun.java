package org.cloudramp.sandbox.core.recording;

import java.util.List;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.error.GuestException;

/**
 * One call of an export of a guest.
 *
 * @param hook the name of the export, such as {@code onMessage}
 * @param event all that it was told, as {@code docs/abi.md} lays it out
 * @param calls those it made, in their order
 * @param end how it ended
 * @param message what was said of a failure, else empty; perhaps cut
 */
public record RecordedRun(
    String hook, Bytes event, List<RecordedCall> calls, End end, String message) {
  /** Copies the list. */
  public RecordedRun {
    calls = List.copyOf(calls);
  }

  /** How the run of a guest ends. */
  public enum End {
    /** It returned. */
    RETURNED(0),
    /** It returned, and refused. */
    REFUSED(1),
    /** It trapped, or aborted. */
    TRAPPED(2),
    /** Its time was up. */
    DEADLINE(3),
    /** There was no memory for it. */
    MEMORY(4),
    /** It has used up a quota. */
    QUOTA(5),
    /** It broke the ABI. */
    ABI(6),
    /** The host or a store failed. */
    HOST(7);

    private final int number;

    End(int number) {
      this.number = number;
    }

    /** That of a run which failed so. */
    public static End of(GuestException.Kind kind) {
      return switch (kind) {
        case TRAPPED -> TRAPPED;
        case DEADLINE -> DEADLINE;
        case MEMORY -> MEMORY;
        case QUOTA -> QUOTA;
        case ABI -> ABI;
      };
    }

    /** Its number in the file. */
    int number() {
      return number;
    }
  }

  /**
   * Whether the same guest ends in the same way if it is told the same. Time, memory and quotas are
   * the host's, and another host has others; but where a call has ended the run, the same call can
   * end it again.
   */
  public boolean isRepeatable() {
    return switch (end) {
      case RETURNED, REFUSED, TRAPPED, ABI -> true;
      case DEADLINE, MEMORY, QUOTA, HOST -> endsInCall();
    };
  }

  /** Whether its last call has ended it. */
  public boolean endsInCall() {
    return !calls.isEmpty()
        && calls.get(calls.size() - 1).answer() instanceof RecordedCall.Answer.Ended;
  }
}
