package org.cloudramp.sandbox.api.kv;

import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;

/**
 * Hears what is appended to a room's log, in order. Its methods are called one at a time for each
 * {@link RoomLog#follow}, on any thread, often one of the store's: they must be quick, and must not
 * block or throw.
 */
@Experimental
public interface LogListener {
  /** The next entries: they follow those of the last call without a hole, and none comes twice. */
  void entries(RoomAddress address, LogRead.Page page);

  /**
   * Entries are lost: the log was, or what this process has missed is no longer in it. The next
   * entries follow {@code resume}.
   */
  void gap(RoomAddress address, LogPosition resume);
}
