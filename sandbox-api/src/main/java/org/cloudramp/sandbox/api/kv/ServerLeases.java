package org.cloudramp.sandbox.api.kv;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;

/**
 * The servers that share a store: which of them live, and which are gone and have left members in
 * rooms. Times go by the store's clock. Thread-safe; no method blocks, and stages complete and fail
 * as those of {@link KvStore} do.
 *
 * <ol>
 *   <li>A lease holds until its time is over and somebody has {@linkplain #claim claimed} it; once
 *       claimed it never holds again.
 *   <li>Of those who claim a server at a time, one gets it, until the time of the claim is over.
 *   <li>A server that is {@linkplain #fence fenced} commits nothing more. Its members stay in their
 *       rosters until somebody lets them go.
 *   <li>A store that has lost what it held knows no server: no lease holds.
 * </ol>
 */
@Experimental
public interface ServerLeases {
  /** How many ended servers {@link #renew} names at most. */
  int MAX_ENDED = 100;

  /**
   * Begins a lease.
   *
   * @param name of the server; matches {@code [A-Za-z0-9_-]{1,64}}
   * @param server a name that is new: {@code name}, a full stop, and something random of the shape
   *     of a name
   * @return false if another server of that name has a lease
   */
  CompletionStage<Boolean> take(String name, String server, Duration time);

  /** Prolongs a lease, and looks whose have ended. */
  CompletionStage<LeaseRenewal> renew(String server, Duration time);

  /**
   * What became of a renewal.
   *
   * @param isHeld whether the lease still holds; what it is afterwards does not change any more if
   *     not
   * @param ended others whose leases, or the claims on which, have ended: {@link #MAX_ENDED} at
   *     most
   */
  record LeaseRenewal(boolean isHeld, List<String> ended) {
    /** Copies the list. */
    public LeaseRenewal {
      ended = List.copyOf(ended);
    }
  }

  /**
   * Takes it upon the caller to let the members of an ended server go.
   *
   * @param time how long others keep away
   * @return whether it is the caller's; false if the server lives, is forgotten, or is another's
   */
  CompletionStage<Boolean> claim(String ended, Duration time);

  /**
   * Keeps a claimed server from committing anything, for a day at least.
   *
   * @return the rooms that have members of it
   */
  CompletionStage<List<RoomAddress>> fence(String ended);

  /** A claimed server has no members any more; idempotent. */
  CompletionStage<Void> forget(String ended);

  /** Ends the lease of a server that stops: others may claim it at once. Idempotent. */
  CompletionStage<Void> release(String server);
}
