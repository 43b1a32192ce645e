package org.cloudramp.sandbox.api.kv;

/** What became of a transaction. */
public enum CommitResult {
  /** All writes happened. */
  COMMITTED,
  /** A key no longer held what was read; nothing happened. */
  CONFLICT
}
