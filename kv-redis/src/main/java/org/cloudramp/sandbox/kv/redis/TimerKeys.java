package org.cloudramp.sandbox.kv.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * Names the Redis keys of the timers of a service in one partition. Neither the name of a service
 * nor what comes before a room's keys has a colon in it, so these are no keys of a room.
 *
 * @param partition how the names of all keys of the partition begin
 */
record TimerKeys(String partition, ServiceId service) {
  /** In the order in which all scripts take them. */
  List<byte[]> all() {
    return List.of(services(partition), line(), timers());
  }

  /** The services of a partition that have timers. */
  static byte[] services(String partition) {
    return bytes(partition + "timers");
  }

  /** The timers in the order in which they are to be tried. */
  private byte[] line() {
    return bytes(partition + "timers:" + service + ":due");
  }

  /** What is known of each timer, and how many each room has. */
  byte[] timers() {
    return bytes(partition + "timers:" + service);
  }

  /** What a timer is called in the line: the room, which has no blank in it, and its name. */
  static byte[] nameInLine(RoomId room, String name) {
    return bytes(room + " " + name);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
