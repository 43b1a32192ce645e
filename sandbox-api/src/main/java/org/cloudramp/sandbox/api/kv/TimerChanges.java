package org.cloudramp.sandbox.api.kv;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;

/**
 * What a transaction does to the timers of its room.
 *
 * @param fired the timer that the transaction answers, if it answers one: it must still be set, by
 *     the same id, or the commit is a conflict; the commit removes it before the writes happen
 * @param writes in order, at most one for each name
 * @param most how many timers the room may have when all of that has happened; a store fails a
 *     commit that sets one and would leave more, of kind quota
 */
@Experimental
public record TimerChanges(Optional<RoomTimer> fired, List<TimerWrite> writes, int most) {
  private static final TimerChanges NONE =
      new TimerChanges(Optional.empty(), List.of(), Integer.MAX_VALUE);

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if two writes name one timer
   */
  public TimerChanges {
    writes = List.copyOf(writes);
    if (writes.size() > 1
        && writes.stream().map(TimerWrite::name).distinct().count() != writes.size()) {
      throw new IllegalArgumentException("two writes of one transaction name the same timer");
    }
  }

  /** No timer changes. */
  public static TimerChanges none() {
    return NONE;
  }

  /** A timer has been answered, and that is all. */
  public static TimerChanges answered(RoomTimer timer) {
    return new TimerChanges(Optional.of(timer), List.of(), Integer.MAX_VALUE);
  }

  /** Whether no timer changes. */
  public boolean isEmpty() {
    return fired.isEmpty() && writes.isEmpty();
  }

  /** By how many timers a room can grow by this. */
  public int mostGrowth() {
    return (int) writes.stream().filter(write -> write.due().isPresent()).count();
  }

  /** That a room would have too many timers; what a store fails a commit with. */
  public StoreException tooMany(String store, RoomAddress address, int timers) {
    return new StoreException(
        StoreException.Kind.QUOTA,
        "the KV store '%s' refused a transaction: the room %s would have %d timers, and limits.timers allows %d; cancel some, or let one timer stand for several"
            .formatted(store, address, timers, most));
  }
}
