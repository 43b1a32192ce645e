package org.cloudramp.sandbox.core;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.host.rooms.RoomConnection;

/** A connection without a socket, which keeps what it is told. */
class Line implements RoomConnection {
  final List<Payload> received = new CopyOnWriteArrayList<>();
  final List<String> closed = new CopyOnWriteArrayList<>();
  private final ConnectionId id;

  Line(String name) {
    this.id = new ConnectionId(name);
  }

  @Override
  public ConnectionId id() {
    return id;
  }

  @Override
  public boolean send(Payload payload) {
    return received.add(payload);
  }

  @Override
  public void close(int code, String reason) {
    closed.add(code + " " + reason);
  }

  List<String> texts() {
    return received.stream().map(Payload::text).toList();
  }
}
