package org.cloudramp.sandbox.api.error;

import org.jspecify.annotations.Nullable;

/** What keeps modules or keys (a disk, a bucket, Redis) did not do what it was asked to. */
public final class StoreException extends SandboxException {
  private static final long serialVersionUID = 1;

  /** What the caller can make of it. */
  public enum Kind {
    /** Not reachable, or it refuses to serve now; a later try may succeed. */
    UNAVAILABLE,
    /** No answer in time; a write may or may not have happened. */
    TIMEOUT,
    /** Somebody else changed the same thing at the same time; read again, then decide. */
    CONFLICT,
    /** The request is not allowed or not possible; another try will not help. */
    REFUSED,
    /**
     * More would be held than a limit allows, which the message names; deleting makes room, another
     * try does not.
     */
    QUOTA
  }

  private final Kind kind;

  /** An error with a message that names the store and the thing asked for. */
  public StoreException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** As above, with what led to it. */
  public StoreException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What the caller can make of it. */
  public Kind kind() {
    return kind;
  }
}
