package org.cloudramp.sandbox.api.kv;

import org.cloudramp.sandbox.api.Experimental;

/** Somebody who follows a room's log. Thread-safe. */
@Experimental
public interface LogSubscription extends AutoCloseable {
  /**
   * Ends it; idempotent. A call of the listener that is under way on another thread may still end
   * afterwards; none begins.
   */
  @Override
  void close();
}
