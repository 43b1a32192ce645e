package org.cloudramp.sandbox.api.kv;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;

/**
 * Looks into rooms: the part of a {@link KvStore} for those who look after it, and not for hooks.
 * Thread-safe; no method blocks, and stages complete and fail as those of {@link KvStore} do.
 *
 * <ol>
 *   <li>Nothing changes by it: no log begins, no time to live is longer, no timer is claimed.
 *   <li>Each answer is bounded by what was asked for, however much the room holds.
 *   <li>Of another room, of whichever service, nothing is told.
 *   <li>A room that nobody has used holds nothing; that is no error.
 * </ol>
 *
 * What is told was true, but not all of it at one moment: hooks go on meanwhile.
 */
@Experimental
public interface RoomInspector {
  /** Keys of a room that holds more than these may be left out. */
  int MAX_KEYS = 10_000;

  /** Timers of a service that has set more than these may be left out. */
  int MAX_TIMERS = 100_000;

  /**
   * The first of the keys by their names, as {@link String#compareTo} orders them.
   *
   * @param after only those that come after this one, which need not be there; empty for the first
   * @param most how many; positive
   * @param mostOfEach how many bytes of each value; not negative
   */
  CompletionStage<HeldKeys> keys(
      RoomAddress address, Optional<String> after, int most, int mostOfEach);

  /**
   * The timers that are set, those first that are due first.
   *
   * @param most how many; positive
   */
  CompletionStage<List<RoomTimer>> timers(RoomAddress address, int most);

  /**
   * The last entries of the log.
   *
   * @param most how many; positive
   * @param mostBytes how many bytes all of them may have together; fewer entries are told, and none
   *     if the last alone has more
   */
  CompletionStage<LastEntries> lastEntries(RoomAddress address, int most, long mostBytes);
}
