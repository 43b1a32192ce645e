package org.cloudramp.sandbox.api.kv;

import org.cloudramp.sandbox.api.Experimental;

/**
 * Where in a room's log: behind which of its entries. The first entry of a log has offset 1, each
 * further one the next, without holes; offset 0 is before the first.
 *
 * <p>A store can go back, such as when a replica takes over that had not all: then offsets are
 * given again, to other entries. The stamp tells those apart. It depends on all entries up to the
 * position, and the store that appends them makes it: positions of one log that have the same stamp
 * have the same before them.
 *
 * <p>Two positions are equal that are the same place of one log; whether there can be the same
 * before them, {@link #contradicts} says.
 *
 * @param epoch which log. It is random and made with the log, so an offset of a log that was lost
 *     is never taken for one of the log that came after it. An empty epoch is that of no log.
 * @param offset of the last entry before this position; not negative
 * @param stamp of what is before it; 0 if nobody knows, and below {@link #MIN_STAMP} if only its
 *     last bits are known. Not negative
 */
@Experimental
public record LogPosition(String epoch, long offset, long stamp) {
  /** Stores begin another log before an offset is larger, so that clients can count to it. */
  public static final long MAX_OFFSET = (1L << 33) - 1;

  private static final int SHORT_STAMP_BITS = 20;

  /** Stamps that stores make are not smaller, and no multiples of it. */
  public static final long MIN_STAMP = 1L << SHORT_STAMP_BITS;

  private static final LogPosition NONE = new LogPosition("", 0);

  /**
   * @throws IllegalArgumentException if the offset or the stamp is negative
   */
  public LogPosition {
    if (offset < 0) {
      throw new IllegalArgumentException("an offset is negative: " + offset);
    }
    if (stamp < 0) {
      throw new IllegalArgumentException("a stamp is negative: " + stamp);
    }
  }

  /** A position of which nobody knows what is before it. */
  public LogPosition(String epoch, long offset) {
    this(epoch, offset, 0);
  }

  /** A position in no log: who reads after it is told that there is a gap. */
  public static LogPosition none() {
    return NONE;
  }

  /** The position so many entries later in the same log; its stamp is not known. */
  public LogPosition plus(long entries) {
    return new LogPosition(epoch, offset + entries);
  }

  /** Whether both are of the same log; no position is of the same log as {@link #none}. */
  public boolean isOfSameLogAs(LogPosition other) {
    return !epoch.isEmpty() && epoch.equals(other.epoch);
  }

  /**
   * Whether both are the same place of one log, which has gone back between them, and on with other
   * entries.
   */
  public boolean contradicts(LogPosition other) {
    if (!isOfSameLogAs(other) || offset != other.offset || stamp == 0 || other.stamp == 0) {
      return false;
    }
    boolean isShort = stamp < MIN_STAMP || other.stamp < MIN_STAMP;
    return isShort ? shortStamp() != other.shortStamp() : stamp != other.stamp;
  }

  private long shortStamp() {
    return stamp % MIN_STAMP;
  }

  /**
   * Offset and stamp in one number, for a client that knows the epoch: it grows with the offset, is
   * at most 2<sup>53</sup> − 1, and has the last 20 bits of the stamp.
   */
  public long number() {
    return offset << SHORT_STAMP_BITS | shortStamp();
  }

  /**
   * What {@link #number} has given.
   *
   * @throws IllegalArgumentException if the number is negative
   */
  public static LogPosition ofNumber(String epoch, long number) {
    return new LogPosition(epoch, number >> SHORT_STAMP_BITS, number & MIN_STAMP - 1);
  }

  /** Whether both are the same place of one log. */
  @Override
  public boolean equals(Object other) {
    return other instanceof LogPosition position
        && epoch.equals(position.epoch)
        && offset == position.offset;
  }

  @Override
  public int hashCode() {
    return 31 * epoch.hashCode() + Long.hashCode(offset);
  }
}
