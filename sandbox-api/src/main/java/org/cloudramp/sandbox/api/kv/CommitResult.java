package org.cloudramp.sandbox.api.kv;

/**
 * What a store says to a transaction. Later versions may add kinds and give {@link Committed} more
 * to say; a store makes only those it knows.
 */
public sealed interface CommitResult {
  /** All writes happened. */
  static CommitResult committed() {
    return Committed.PLAIN;
  }

  /** A key no longer held what was read, or the room is reserved for another; nothing happened. */
  static CommitResult conflict() {
    return Conflict.PLAIN;
  }

  /** Whether all writes happened. */
  default boolean isCommitted() {
    return this instanceof Committed;
  }

  /** All writes happened. */
  record Committed() implements CommitResult {
    private static final Committed PLAIN = new Committed();
  }

  /** A key no longer held what was read, or the room is reserved for another; nothing happened. */
  record Conflict() implements CommitResult {
    private static final Conflict PLAIN = new Conflict();
  }
}
