package org.cloudramp.sandbox.api.hook;

import java.util.List;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * One effect that a hook asked for and that has happened because the hook succeeded.
 *
 * @param type the host function that was called, such as {@code room.broadcast}
 * @param version the code that asked for it
 * @param room where
 * @param emission what it carries, and for whom
 */
public record Event(String type, ModuleVersion version, RoomId room, Emission emission) {
  /** In which room of which service. */
  public RoomAddress address() {
    return new RoomAddress(version.service(), room);
  }

  /** Whose code asked for it. */
  public ServiceId service() {
    return version.service();
  }

  /** What it carries. */
  public Payload payload() {
    return emission.payload();
  }

  /** The connections it is for; empty if it is for the whole room, or for none. */
  public List<ConnectionId> connections() {
    return emission.to();
  }
}
