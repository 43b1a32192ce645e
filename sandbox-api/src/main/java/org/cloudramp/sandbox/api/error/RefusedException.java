package org.cloudramp.sandbox.api.error;

/**
 * A call was not run, by nobody's fault or by that of those who called before: nothing of a guest
 * has run for it, and nothing is held against the guest. A later try may succeed.
 */
public final class RefusedException extends SandboxException {
  private static final long serialVersionUID = 1;

  /** Why a call was not run. */
  public enum Kind {
    /** As many calls as may wait do wait already. */
    QUEUE_FULL,
    /** The message is larger than the limit. */
    TOO_LARGE,
    /** The version of the code rests after repeated faults in several rooms, or by order. */
    QUARANTINED,
    /** The sandbox is closed, or closes. */
    CLOSED,
    /** The room rests after repeated faults on calls of several connections. */
    ROOM_QUARANTINED,
    /** Messages of this connection have made the room's code fail again and again. */
    CONNECTION_QUARANTINED,
    /**
     * The timer is not set any more as it was when it came due: cancelled, set anew, or answered.
     */
    TIMER_GONE,
    /** The message was taken before: it is one that its sender has sent again. */
    TAKEN_BEFORE
  }

  private final Kind kind;

  /** An error with a message that names service, room and limit. */
  public RefusedException(Kind kind, String message) {
    super(message, null);
    this.kind = kind;
  }

  /** Why the call was not run. */
  public Kind kind() {
    return kind;
  }
}
