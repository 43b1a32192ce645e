package org.cloudramp.sandbox.api;

/**
 * Where a room is: the service whose code runs there, and the room's name within that service.
 * Whatever belongs to a room (its queue, its keys, its members) is found under its address.
 *
 * @param service the service
 * @param room a room of that service
 */
public record RoomAddress(ServiceId service, RoomId room) {
  /**
   * The address with these names.
   *
   * @throws IllegalArgumentException if one of them has not the shape of its id
   */
  public static RoomAddress of(String service, String room) {
    return new RoomAddress(new ServiceId(service), new RoomId(room));
  }

  /** Both names, such as {@code chat/lobby}. */
  @Override
  public String toString() {
    return service + "/" + room;
  }
}
