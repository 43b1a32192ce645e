package org.cloudramp.sandbox.api.kv;

import java.util.Optional;
import org.cloudramp.sandbox.api.Experimental;

/**
 * What a store says to a transaction. Later versions may add kinds and give {@link Committed} more
 * to say; a store makes only those it knows.
 */
public sealed interface CommitResult {
  /** All writes happened. */
  static CommitResult committed() {
    return Committed.PLAIN;
  }

  /** All writes happened, and the first of the entries has got this position. */
  @Experimental
  static CommitResult committed(LogPosition first) {
    return new Committed(Optional.of(first));
  }

  /** A key no longer held what was read, or the room is reserved for another; nothing happened. */
  static CommitResult conflict() {
    return Conflict.PLAIN;
  }

  /** The server that asked has been fenced; nothing happened, and nothing will. */
  @Experimental
  static CommitResult fenced() {
    return Fenced.PLAIN;
  }

  /** Whether all writes happened. */
  default boolean isCommitted() {
    return this instanceof Committed;
  }

  /**
   * All writes happened.
   *
   * @param first the position of the first entry that was appended, which the others follow; empty
   *     if there was none
   */
  record Committed(Optional<LogPosition> first) implements CommitResult {
    private static final Committed PLAIN = new Committed();

    /** Described by its parameter, which later versions may add to. */
    @Experimental
    public Committed {}

    /** All writes happened, and nothing was appended. */
    public Committed() {
      this(Optional.empty());
    }

    @Experimental
    @Override
    public Optional<LogPosition> first() {
      return first;
    }
  }

  /** A key no longer held what was read, or the room is reserved for another; nothing happened. */
  record Conflict() implements CommitResult {
    private static final Conflict PLAIN = new Conflict();
  }

  /** The server that asked has been {@linkplain ServerLeases#fence fenced}; nothing happened. */
  @Experimental
  record Fenced() implements CommitResult {
    private static final Fenced PLAIN = new Fenced();
  }
}
