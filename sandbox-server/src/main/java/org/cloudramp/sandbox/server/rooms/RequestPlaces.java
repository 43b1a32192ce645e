package org.cloudramp.sandbox.server.rooms;

import java.util.HashMap;
import java.util.Map;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * Places for requests to rooms, from their first byte until their hook has ended. A service has no
 * more of them than it leaves free for others. Thread-safe.
 */
final class RequestPlaces {
  /** What becomes of a request that comes. */
  enum Arrival {
    /** It has a place, to be given back. */
    TAKEN,
    /** Its service has as many as it may. */
    SERVICE_IS_FULL,
    /** There is none. */
    FULL
  }

  private final int most;
  private final Map<ServiceId, Integer> taken = new HashMap<>();
  private int all;

  RequestPlaces(int most) {
    this.most = most;
  }

  synchronized Arrival take(ServiceId service) {
    int free = most - all;
    if (free == 0) {
      return Arrival.FULL;
    }
    int own = taken.getOrDefault(service, 0);
    if (own >= free) {
      return Arrival.SERVICE_IS_FULL;
    }
    taken.put(service, own + 1);
    all++;
    return Arrival.TAKEN;
  }

  synchronized void giveBack(ServiceId service) {
    all--;
    taken.computeIfPresent(service, (id, own) -> own == 1 ? null : own - 1);
  }
}
