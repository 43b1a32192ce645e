package org.cloudramp.sandbox.api.kv;

import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * Whose keys they are. No key of one scope can be reached through another.
 *
 * @param service the service
 * @param room a room of that service
 */
public record KvScope(ServiceId service, RoomId room) {
  @Override
  public String toString() {
    return service + "/" + room;
  }
}
