package org.cloudramp.sandbox.api.error;

import java.util.Optional;
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
  private final @Nullable String place;

  /** An error with a message that says what the guest did. */
  public GuestException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** As above, with what led to it. */
  public GuestException(Kind kind, String message, @Nullable Throwable cause) {
    this(kind, message, cause, null);
  }

  private GuestException(
      Kind kind, String message, @Nullable Throwable cause, @Nullable String place) {
    super(message, cause);
    this.kind = kind;
    this.place = place;
  }

  /**
   * The same failure, of which is known where in its source the guest was.
   *
   * @param place such as {@code assembly/index.ts:12:5}, fit for a log: where it was, or had been a
   *     moment before
   */
  public GuestException near(String place) {
    return new GuestException(kind, String.valueOf(getMessage()), this, place);
  }

  /**
   * Where in its source the guest was, or had been a moment before; also if that is known of a
   * cause only. It is the guest's own word, and for its author. Empty if it has not noted that, or
   * if the message says it.
   */
  public Optional<String> place() {
    if (place != null) {
      return Optional.of(place);
    }
    return getCause() instanceof GuestException cause ? cause.place() : Optional.empty();
  }

  /** The message, and {@link #place} if it is known. */
  public String messageWithPlace() {
    String message = String.valueOf(getMessage());
    return place().map(where -> message + " (at or after " + where + ")").orElse(message);
  }

  /** How the run went wrong. */
  public Kind kind() {
    return kind;
  }
}
