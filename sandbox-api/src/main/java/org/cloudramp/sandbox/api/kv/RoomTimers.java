package org.cloudramp.sandbox.api.kv;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Experimental;

/**
 * The timers of rooms: the part of a {@link KvStore} that remembers when something is to happen.
 * Timers are set, cancelled and answered with {@link KvTransaction#timers}, in the commit of the
 * writes that belong to them. Thread-safe; no method blocks, and stages complete and fail as those
 * of {@link KvStore} do.
 *
 * <ol>
 *   <li>A timer is set and cancelled if and only if the writes of its transaction happen, and stays
 *       set until a transaction cancels it or answers it, also when the process ends: as long as
 *       the store keeps keys.
 *   <li>It is given to nobody before its time. While one has claimed it, no other process gets it.
 *   <li>Of several that claim it one after the other, one at most commits an answer.
 *   <li>Services take turns: however many timers of one are due, others' are found as well.
 *   <li>Each counts {@link RoomTimer#BYTES} towards the bytes that its service may hold.
 * </ol>
 *
 * What time it is, is what the caller says: timers are set and claimed by the clocks of the
 * processes.
 */
@Experimental
public interface RoomTimers {
  /**
   * What was claimed.
   *
   * @param claimed the timers
   * @param next before this no further timer of those services comes due, as far as the store knows
   *     now; empty if there is none. Only a hint: others set timers at any time
   */
  record Claimed(List<RoomTimer> claimed, Optional<Instant> next) {
    /** Copies the list. */
    public Claimed {
      claimed = List.copyOf(claimed);
    }
  }

  /**
   * Timers whose time has come, for this process to answer. It is made to be called many times a
   * second: a store that is away keeps no claims waiting, and what it cannot say now it says later.
   */
  CompletionStage<Claimed> claim(TimerClaim claim);

  /**
   * Keeps a timer for later, or for longer.
   *
   * @param timer as it was claimed
   * @param attempt how often it has been tried in vain now
   * @param until before this nobody gets it
   * @return false if it is not set any more, or was set anew; then nothing has changed
   */
  CompletionStage<Boolean> defer(RoomTimer timer, int attempt, Instant until);
}
