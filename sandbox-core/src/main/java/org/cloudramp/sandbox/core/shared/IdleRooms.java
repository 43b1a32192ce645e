package org.cloudramp.sandbox.core.shared;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.jspecify.annotations.Nullable;

/**
 * Rooms that are followed though nobody of this process is in them and no hook runs, in case that
 * somebody asks again: no more than so many. When there is one too many, it is one of the service
 * that has most, the one that was left first. Anybody can ask for rooms, by as many names as they
 * like. Thread-safe.
 */
final class IdleRooms {
  private final int most;

  // Guarded by this. Those of a service in the order in which they were left.
  private final Map<ServiceId, LinkedHashSet<RoomAddress>> services = new HashMap<>();
  private int count;

  IdleRooms(int most) {
    this.most = most;
  }

  /**
   * A room is left.
   *
   * @return one that is to be closed, if nobody needs it; null if there are not too many
   */
  synchronized @Nullable RoomAddress add(RoomAddress address) {
    LinkedHashSet<RoomAddress> ofService =
        services.computeIfAbsent(address.service(), service -> new LinkedHashSet<>());
    if (!ofService.remove(address)) {
      count++;
    }
    ofService.add(address);
    if (count <= most) {
      return null;
    }
    LinkedHashSet<RoomAddress> largest = ofService;
    for (LinkedHashSet<RoomAddress> each : services.values()) {
      largest = each.size() > largest.size() ? each : largest;
    }
    RoomAddress oldest = largest.iterator().next();
    remove(oldest);
    return oldest;
  }

  /** A room is used again, or closed. */
  synchronized void remove(RoomAddress address) {
    LinkedHashSet<RoomAddress> ofService = services.get(address.service());
    if (ofService != null && ofService.remove(address)) {
      count--;
      if (ofService.isEmpty()) {
        services.remove(address.service());
      }
    }
  }

  /** How many there are. */
  synchronized int count() {
    return count;
  }
}
