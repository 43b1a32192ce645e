package org.cloudramp.sandbox.api.kv;

/** What became of a transaction. */
public enum CommitResult {
  /** All writes happened. */
  COMMITTED,
  /** A key no longer held what was read, or the room is reserved for another; nothing happened. */
  CONFLICT
}
