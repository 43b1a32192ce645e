package org.cloudramp.sandbox.api.error;

import org.jspecify.annotations.Nullable;

/**
 * A run of a guest went wrong. Whatever the guest did in that run has no effect, and its instance
 * is thrown away.
 */
public final class GuestException extends SandboxException {
  private static final long serialVersionUID = 1;

  /** How a run went wrong. */
  public enum Kind {
    /** The guest executed a trap: unreachable, out of bounds, division by zero, stack exhausted. */
    TRAPPED,
    /** The time budget was used up. */
    DEADLINE,
    /** The guest's memory could not be provided. */
    MEMORY,
    /** The guest used up a quota of its hook: a count of calls, a number of bytes. */
    QUOTA,
    /** The guest broke the guest ABI: a pointer, a length or an export is not what it must be. */
    ABI
  }

  private final Kind kind;

  /** An error with a message that says what the guest did. */
  public GuestException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** As above, with what led to it. */
  public GuestException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** How the run went wrong. */
  public Kind kind() {
    return kind;
  }
}
