package org.cloudramp.sandbox.core.transaction;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.api.kv.TimerChanges;
import org.cloudramp.sandbox.api.kv.TimerWrite;

/**
 * What one run has asked for of the timers of its room. How many the room has is known to the store
 * only, and counted in the commit; so here no more names are taken than could replace all of them.
 * Not thread-safe.
 */
final class TimerRequests {
  private final KvStore store;
  private final Optional<RoomTimer> fired;
  private final int most;
  private final Map<String, TimerWrite> writes = new LinkedHashMap<>();

  /**
   * @param fired the timer that the run answers, if it answers one
   * @param most how many timers a room may have
   */
  TimerRequests(KvStore store, Optional<RoomTimer> fired, int most) {
    this.store = store;
    this.fired = fired;
    this.most = most;
  }

  void set(String name, Instant due) {
    add(TimerWrite.set(name, due));
  }

  void cancel(String name) {
    add(TimerWrite.cancel(name));
  }

  private void add(TimerWrite write) {
    if (store.timers().isEmpty()) {
      throw new HostFunctionException(
          HostFunctionException.DENIED,
          "the KV store '%s' keeps no timers, so rooms cannot have any".formatted(store.name()));
    }
    if (!writes.containsKey(write.name()) && writes.size() >= 2 * most) {
      throw new HostFunctionException(
          HostFunctionException.LIMIT,
          "a room may have %d timers (limits.timers), and a hook may set and cancel twice as many"
              .formatted(most));
    }
    writes.put(write.name(), write);
  }

  /** Whether nothing was asked for, and nothing is answered. */
  boolean isEmpty() {
    return fired.isEmpty() && writes.isEmpty();
  }

  TimerChanges changes() {
    return new TimerChanges(fired, List.copyOf(writes.values()), most);
  }
}
