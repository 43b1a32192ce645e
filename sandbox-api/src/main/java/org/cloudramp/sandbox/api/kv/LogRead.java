package org.cloudramp.sandbox.api.kv;

import java.util.List;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Experimental;

/** What comes after a position in a room's log. */
@Experimental
public sealed interface LogRead {
  /**
   * Entries that follow a position without a hole.
   *
   * @param after the position
   * @param entries the first has the offset after that of {@code after}; may be empty
   * @param end where the log ended when this was read; {@link #last} if all of it is here
   */
  record Page(LogPosition after, List<Bytes> entries, LogPosition end) implements LogRead {
    /** Copies the list. */
    public Page {
      entries = List.copyOf(entries);
    }

    /** Entries that were just appended, and are the end of the log. */
    public static Page atTheEnd(LogPosition after, List<Bytes> entries) {
      return new Page(after, entries, after.plus(entries.size()));
    }

    /** The position behind the last of the entries. */
    public LogPosition last() {
      return after.plus(entries.size());
    }

    /** What the entries count for together. */
    public long bytes() {
      return LogWindow.bytesOf(entries);
    }
  }

  /**
   * What came after the position is not known: the log no longer reaches back to it, or is another
   * one. Never a part of what was missed: whoever relied on all of it must start anew.
   *
   * @param resume a position after which everything is there; what comes before it is lost
   */
  record Gap(LogPosition resume) implements LogRead {}
}
