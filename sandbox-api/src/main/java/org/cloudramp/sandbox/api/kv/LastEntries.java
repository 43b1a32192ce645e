package org.cloudramp.sandbox.api.kv;

import java.time.Instant;
import java.util.List;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Experimental;

/**
 * The last entries of a room's log.
 *
 * @param end where the log ends; {@link LogPosition#none} if the room has none now
 * @param entries in the order of the log, the newest last
 */
@Experimental
public record LastEntries(LogPosition end, List<Entry> entries) {
  /** Copies the list. */
  public LastEntries {
    entries = List.copyOf(entries);
  }

  /**
   * An entry.
   *
   * @param offset where in the log
   * @param time when it was appended, by the clock of the store
   * @param content as it was appended
   */
  public record Entry(long offset, Instant time, Bytes content) {}
}
