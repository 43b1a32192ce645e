package org.cloudramp.sandbox.api.hook;

import org.cloudramp.sandbox.api.Experimental;

/**
 * What a call has taken of the host, for those who count or bill. All of its runs count: also one
 * that is repeated because others were faster, one that failed, and that of {@code onError}.
 *
 * @param guestNanos how long guests had a thread, in nanoseconds by the host's clock; without the
 *     time in which they waited for the KV store, and without commits and effects. It is no CPU
 *     time: what the machine did meanwhile is in it
 * @param keysRead keys that the KV store was asked for
 * @param keysWritten keys that a commit has put, changed or deleted
 */
@Experimental
public record HookUsage(long guestNanos, int keysRead, int keysWritten) {
  private static final HookUsage NONE = new HookUsage(0, 0, 0);

  /** Nothing: no guest was run. */
  public static HookUsage none() {
    return NONE;
  }
}
