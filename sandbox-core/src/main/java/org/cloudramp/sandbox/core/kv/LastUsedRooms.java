package org.cloudramp.sandbox.core.kv;

import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import org.cloudramp.sandbox.api.RoomAddress;

/** Bounds what is kept of rooms that nobody needs. Not thread-safe. */
final class LastUsedRooms {
  /** When there are too many, so many are looked at for each that comes. */
  private static final int LOOKED_AT = 8;

  private LastUsedRooms() {}

  /**
   * Drops those that were used longest ago, if nobody needs them; others are looked at later again.
   *
   * @param rooms in the order in which they were used
   * @param most how many stay in any case
   * @param dropped told of each that went
   */
  static <V> void dropSome(
      Map<RoomAddress, V> rooms,
      int most,
      BiPredicate<RoomAddress, V> isNeeded,
      BiConsumer<RoomAddress, V> dropped) {
    List<Map.Entry<RoomAddress, V>> oldest =
        rooms.entrySet().stream().limit(LOOKED_AT).map(Map.Entry::copyOf).toList();
    for (Map.Entry<RoomAddress, V> each : oldest) {
      if (rooms.size() <= most) {
        return;
      }
      rooms.remove(each.getKey());
      if (isNeeded.test(each.getKey(), each.getValue())) {
        rooms.put(each.getKey(), each.getValue());
      } else {
        dropped.accept(each.getKey(), each.getValue());
      }
    }
  }
}
