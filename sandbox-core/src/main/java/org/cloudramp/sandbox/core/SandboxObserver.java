package org.cloudramp.sandbox.core;

import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.error.StoreException;
import org.jspecify.annotations.Nullable;

/**
 * Told what a sandbox does besides running hooks, and how long it took, for whoever counts: see
 * {@link SandboxBuilder#observer}. Of hooks {@linkplain org.cloudramp.sandbox.api.hook.HookListener
 * others} are told.
 *
 * <p>Called by many threads at once, some of which hold a lock and some of which run guests: be
 * quick, ask nothing of the sandbox, and do not wait. What is thrown is logged and changes nothing.
 * Times are in nanoseconds and no {@link java.time.Duration}, because hooks wait for these calls.
 */
public interface SandboxObserver {
  /** Why a module has given up its slot. A sandbox that is closed evicts nothing. */
  enum Eviction {
    /** Another needs the slot, and this one was requested longest ago. */
    SLOT,
    /** Guests need the memory, and nobody used it. */
    MEMORY,
    /** Another version of its service is live. */
    SUPERSEDED,
    /** Its service was deleted. */
    DELETED,
    /** The operator wanted it. */
    OPERATOR
  }

  /** How a commit ended, for the hook that waited for it. */
  enum CommitEnd {
    /** What the hook wrote is there. */
    COMMITTED,
    /** Others were faster; the hook runs again, unless it has lost too often. */
    CONFLICT,
    /** It is not there, or nobody knows. */
    FAILED
  }

  /** Why something is asked of a KV store again. */
  enum Retry {
    /** The hook runs again, because others were faster. */
    CONFLICT,
    /** The same commit is asked for again, because nobody has said what became of it. */
    UNCONFIRMED
  }

  /** What is asked of a KV store. */
  enum KvOperation {
    /** Keys are read. */
    READ,
    /** A transaction is committed. */
    COMMIT,
    /** A room is reserved for a hook that has lost too often. */
    RESERVE
  }

  /** A module has got into a slot. */
  default void loaded(ModuleVersion version, long nanos) {}

  /** A module could not be loaded. */
  default void notLoaded(ModuleVersion version, long nanos) {}

  /** An engine has compiled a module, for a slot or to check it, or has refused to. */
  default void compiled(boolean succeeded, long nanos) {}

  /** A module has given up its slot. */
  default void evicted(ModuleVersion version, Eviction why) {}

  /**
   * The commit of a hook, or of several that are committed together, has ended; one that others
   * were faster than has too.
   */
  default void commitEnded(CommitEnd end, long nanos) {}

  /** A hook asks for its commit again, one way or another. */
  default void retried(Retry why) {}

  /**
   * A KV store has answered. With write-behind that is later than the hook went on.
   *
   * @param trouble what the answer failed with, conflict if others were faster; null if all is well
   */
  default void kvAnswered(
      KvOperation operation, StoreException.@Nullable Kind trouble, long nanos) {}
}
