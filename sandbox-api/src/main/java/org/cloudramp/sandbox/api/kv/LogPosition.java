package org.cloudramp.sandbox.api.kv;

import org.cloudramp.sandbox.api.Experimental;

/**
 * Where in a room's log: behind which of its entries. The first entry of a log has offset 1, each
 * further one the next, without holes; offset 0 is before the first.
 *
 * @param epoch which log. It is random and made with the log, so an offset of a log that was lost
 *     is never taken for one of the log that came after it. An empty epoch is that of no log.
 * @param offset of the last entry before this position; not negative
 */
@Experimental
public record LogPosition(String epoch, long offset) {
  private static final LogPosition NONE = new LogPosition("", 0);

  /**
   * @throws IllegalArgumentException if the offset is negative
   */
  public LogPosition {
    if (offset < 0) {
      throw new IllegalArgumentException("an offset is negative: " + offset);
    }
  }

  /** A position in no log: who reads after it is told that there is a gap. */
  public static LogPosition none() {
    return NONE;
  }

  /** The position so many entries later in the same log. */
  public LogPosition plus(long entries) {
    return new LogPosition(epoch, offset + entries);
  }

  /** Whether both are of the same log; no position is of the same log as {@link #none}. */
  public boolean isOfSameLogAs(LogPosition other) {
    return !epoch.isEmpty() && epoch.equals(other.epoch);
  }
}
