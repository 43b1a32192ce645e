package org.cloudramp.sandbox.core.kv;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.api.kv.TimerClaim;

/** What one claim has got so far, from all shards. For one thread. */
final class TakenTimers {
  private final TimerClaim claim;
  private final List<RoomTimer> timers = new ArrayList<>();
  private final Map<ServiceId, Integer> ofService = new HashMap<>();

  TakenTimers(TimerClaim claim) {
    this.claim = claim;
  }

  TimerClaim claim() {
    return claim;
  }

  List<RoomTimer> timers() {
    return timers;
  }

  /** Whether it has as many as it may. */
  boolean isFull() {
    return timers.size() >= claim.most();
  }

  /** Whether it takes one more of that service. */
  boolean wants(ServiceId service) {
    return !isFull()
        && !claim.except().contains(service)
        && ofService.getOrDefault(service, 0) < claim.perService();
  }

  void add(RoomTimer timer) {
    timers.add(timer);
    ofService.merge(timer.address().service(), 1, Integer::sum);
  }
}
