package org.cloudramp.sandbox.api.kv;

import java.util.Collections;
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
   * @param stamps that of the position behind each entry, 0 where nobody knows it
   * @param end where the log ended when this was read; {@link #last} if all of it is here
   */
  record Page(LogPosition after, List<Bytes> entries, List<Long> stamps, LogPosition end)
      implements LogRead {
    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if there are not as many stamps as entries
     */
    public Page {
      entries = List.copyOf(entries);
      stamps = List.copyOf(stamps);
      if (stamps.size() != entries.size()) {
        throw new IllegalArgumentException(
            "%d entries have %d stamps".formatted(entries.size(), stamps.size()));
      }
    }

    /** Entries whose stamps nobody knows. */
    public Page(LogPosition after, List<Bytes> entries, LogPosition end) {
      this(after, entries, Collections.nCopies(entries.size(), 0L), end);
    }

    /** Entries that were just appended, and are the end of the log; nobody knows their stamps. */
    public static Page atTheEnd(LogPosition after, List<Bytes> entries) {
      return atTheEnd(after, entries, 0);
    }

    /** Entries that were just appended in one commit, and are the end of the log. */
    public static Page atTheEnd(LogPosition after, List<Bytes> entries, long stamp) {
      int count = entries.size();
      LogPosition end = new LogPosition(after.epoch(), after.offset() + count, stamp);
      return new Page(after, entries, Collections.nCopies(count, stamp), end);
    }

    /**
     * The position behind some of the entries.
     *
     * @param count so many, from the first on
     */
    public LogPosition behind(int count) {
      return count == 0
          ? after
          : new LogPosition(after.epoch(), after.offset() + count, stamps.get(count - 1));
    }

    /** The position behind the last of the entries. */
    public LogPosition last() {
      return behind(entries.size());
    }

    /**
     * What comes behind some of the entries.
     *
     * @param count so many, from the first on
     */
    public Page from(int count) {
      return count == 0
          ? this
          : new Page(
              behind(count),
              entries.subList(count, entries.size()),
              stamps.subList(count, stamps.size()),
              end);
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
