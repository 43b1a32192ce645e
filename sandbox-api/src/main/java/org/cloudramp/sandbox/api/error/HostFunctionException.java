package org.cloudramp.sandbox.api.error;

import org.jspecify.annotations.Nullable;

/**
 * A host function refuses or fails a call. The guest gets the code and the message, and goes on:
 * the message must hold nothing that a customer may not see.
 */
public final class HostFunctionException extends SandboxException {
  private static final long serialVersionUID = 1;

  /** The request could not be read, or an argument is not acceptable. */
  public static final int BAD_REQUEST = 1;

  /** What stands behind the function cannot be reached now. */
  public static final int UNAVAILABLE = 2;

  /** What stands behind the function did not answer in time. */
  public static final int TIMEOUT = 3;

  /** A limit of the call, the hook or the room is used up. */
  public static final int LIMIT = 4;

  /** This service, or this moment, may not make the call. */
  public static final int DENIED = 5;

  /** The connection that the call names has left. */
  public static final int GONE = 6;

  /** The host does not know what the call names. */
  public static final int UNKNOWN = 7;

  /** The function itself is at fault. */
  public static final int INTERNAL = 8;

  /** The first of the codes that plugins may use for themselves. */
  public static final int FIRST_OF_PLUGINS = 64;

  private final int code;

  /**
   * An error that the guest sees.
   *
   * @param code one of the constants, or a number from {@link #FIRST_OF_PLUGINS} up
   * @param message what the guest's author reads
   * @throws IllegalArgumentException if {@code code} is neither
   */
  public HostFunctionException(int code, String message) {
    this(code, message, null);
  }

  /** As above, with what led to it; the guest does not see the cause. */
  public HostFunctionException(int code, String message, @Nullable Throwable cause) {
    super(message, cause);
    if (code < BAD_REQUEST || (code > INTERNAL && code < FIRST_OF_PLUGINS)) {
      throw new IllegalArgumentException(
          "error code %d is neither 1 to 8 nor 64 or more".formatted(code));
    }
    this.code = code;
  }

  /** What the guest gets, negated, as the length of the response. */
  public int code() {
    return code;
  }
}
