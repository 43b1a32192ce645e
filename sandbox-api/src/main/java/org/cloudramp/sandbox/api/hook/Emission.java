package org.cloudramp.sandbox.api.hook;

import java.util.List;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;

/**
 * What an effect carries and for whom: enough for a host that delivers events by itself.
 *
 * @param payload the content
 * @param to the connections it is for; empty if it is for the whole room, or for none
 * @param except those of the room that it is not for
 */
public record Emission(Payload payload, List<ConnectionId> to, List<ConnectionId> except) {
  /** Copies the lists. */
  public Emission {
    to = List.copyOf(to);
    except = List.copyOf(except);
  }

  /** For everybody in the room but some. */
  public static Emission toRoom(Payload payload, List<ConnectionId> except) {
    return new Emission(payload, List.of(), except);
  }

  /** For one connection. */
  public static Emission toConnection(Payload payload, ConnectionId connection) {
    return new Emission(payload, List.of(connection), List.of());
  }

  /** For some connections, each of them once; for nobody if there are none. */
  public static Emission toConnections(Payload payload, List<ConnectionId> connections) {
    return new Emission(payload, connections, List.of());
  }

  /** For no connection: something outside the room. */
  public static Emission of(Payload payload) {
    return new Emission(payload, List.of(), List.of());
  }
}
