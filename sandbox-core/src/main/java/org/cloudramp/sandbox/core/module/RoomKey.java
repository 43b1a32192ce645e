package org.cloudramp.sandbox.core.module;

import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;

/** One room of one service. */
public record RoomKey(ServiceId service, RoomId room) {
  @Override
  public String toString() {
    return "service '%s', room '%s'".formatted(service, room);
  }
}
