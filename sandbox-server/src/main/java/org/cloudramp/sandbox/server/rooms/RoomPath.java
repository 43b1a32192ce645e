package org.cloudramp.sandbox.server.rooms;

import java.util.Optional;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * Where a room is, as the path of a URL says it: {@code /rooms/{service}/{room}}. A room has one
 * path and no other spelling of it, so the path is taken as it was sent: what is decoded or tidied
 * up would give one room several. What is wrong with a path is said in a sentence that fits the
 * reason of a close.
 */
final class RoomPath {
  /** Where rooms are. */
  static final String PREFIX = "/rooms/";

  private static final String SHAPE =
      "a room is at /rooms/{service}/{room}, spelled like that, and nowhere else";
  private static final String SERVICE =
      "a service's name is 1 to 63 of a-z 0-9 -, begins with a letter or digit, and is not percent-encoded";
  private static final String ROOM =
      "a room's name is 1 to 128 of A-Z a-z 0-9 . _ -, begins with a letter or digit, and is not percent-encoded";

  private RoomPath() {}

  /**
   * The room that a path leads to.
   *
   * @throws IllegalArgumentException if it leads to none; its message says to strangers what would
   */
  static RoomAddress address(String path) {
    String[] parts = parts(path);
    if (parts.length != 4 || !path.startsWith(PREFIX)) { // "", "rooms", the service and the room
      throw new IllegalArgumentException(SHAPE);
    }
    return new RoomAddress(service(parts[2]), room(parts[3]));
  }

  /**
   * What is asked of a room, and not to join it.
   *
   * @param path what comes behind the room, with the slash and the query
   */
  record Below(RoomAddress room, String path) {}

  /**
   * What a URL asks of a room.
   *
   * @param pathQuery path and query, as they were sent
   * @return empty if it leads to a room itself, or to none
   */
  static Optional<Below> below(String pathQuery) {
    String[] parts = pathQuery.split("/", 5);
    if (parts.length != 5 || !pathQuery.startsWith(PREFIX)) {
      return Optional.empty();
    }
    try {
      RoomAddress room = new RoomAddress(service(parts[2]), room(parts[3]));
      return Optional.of(new Below(room, "/" + parts[4]));
    } catch (IllegalArgumentException noRoom) {
      return Optional.empty();
    }
  }

  /** What stands where a service's name belongs, whatever it is; empty if nothing does. */
  static String serviceIn(String path) {
    String[] parts = parts(path);
    return parts.length > 2 ? parts[2] : "";
  }

  private static String[] parts(String path) {
    return path.split("/", -1);
  }

  private static ServiceId service(String name) {
    try {
      return new ServiceId(name);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(SERVICE, e);
    }
  }

  private static RoomId room(String name) {
    try {
      return new RoomId(name);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(ROOM, e);
    }
  }
}
