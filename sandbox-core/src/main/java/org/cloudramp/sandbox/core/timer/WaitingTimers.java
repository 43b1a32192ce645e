package org.cloudramp.sandbox.core.timer;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.api.kv.TimerClaim;

/**
 * The timers that were claimed and are not settled, {@link #MAX} at most. A service has no more of
 * them than it leaves free for others: so one alone gets half of the places, two that take what
 * they can get a third each, and whoever comes after them still finds some. Thread-safe.
 */
final class WaitingTimers {
  /** In this process; each is a place in the queue of a room. */
  static final int MAX = 2_048;

  /** Of one claim: more would keep a store busy for long. */
  private static final int MAX_CLAIMED = 256;

  private static final int MAX_CLAIMED_OF_SERVICE = 64;

  private final Set<RoomTimer> timers = new HashSet<>();
  private final Map<ServiceId, Integer> ofService = new HashMap<>();

  /** What may be claimed now; nothing while there is no place. */
  synchronized Optional<TimerClaim> claim(Instant now, Instant until) {
    int free = MAX - timers.size();
    if (free == 0) {
      return Optional.empty();
    }
    Set<ServiceId> except = new HashSet<>();
    ofService.forEach(
        (service, count) -> {
          if (count >= free) {
            except.add(service);
          }
        });
    int most = Math.min(MAX_CLAIMED, free);
    int perService = Math.min(MAX_CLAIMED_OF_SERVICE, (free + 3) / 4);
    return Optional.of(new TimerClaim(now, until, most, perService, except));
  }

  /** Enters a timer; false if it waits already, claimed again because it has waited for long. */
  synchronized boolean add(RoomTimer timer) {
    boolean isNew = timers.add(timer);
    if (isNew) {
      ofService.merge(timer.address().service(), 1, Integer::sum);
    }
    return isNew;
  }

  /** A timer is settled. */
  synchronized void remove(RoomTimer timer) {
    if (timers.remove(timer)) {
      ofService.computeIfPresent(
          timer.address().service(), (service, count) -> count == 1 ? null : count - 1);
    }
  }

  synchronized boolean isEmpty() {
    return timers.isEmpty();
  }
}
