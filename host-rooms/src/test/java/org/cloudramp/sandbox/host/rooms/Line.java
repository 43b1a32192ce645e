package org.cloudramp.sandbox.host.rooms;

import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.kv.LogPosition;

/** A connection that keeps what it takes in memory, up to a bound, until it is closed. */
final class Line implements RoomConnection {
  private final ConnectionId id;
  private final Identity identity;
  private final int bound;
  private final List<Payload> taken = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private String closed = "";
  private LogPosition passed = LogPosition.none();

  Line(String id) {
    this(id, Integer.MAX_VALUE);
  }

  Line(String id, int bound) {
    this(id, Identity.UNKNOWN, bound);
  }

  Line(String id, Identity identity) {
    this(id, identity, Integer.MAX_VALUE);
  }

  private Line(String id, Identity identity, int bound) {
    this.id = new ConnectionId(id);
    this.identity = identity;
    this.bound = bound;
  }

  @Override
  public ConnectionId id() {
    return id;
  }

  @Override
  public Identity identity() {
    return identity;
  }

  @Override
  public synchronized boolean send(Payload payload) {
    return closed.isEmpty() && taken.size() < bound && taken.add(payload);
  }

  @Override
  public synchronized void close(int code, String reason) {
    closed = code + " " + reason;
  }

  synchronized List<Payload> taken() {
    return List.copyOf(taken);
  }

  List<String> texts() {
    return taken().stream().map(Payload::text).toList();
  }

  synchronized String closed() {
    return closed;
  }

  @Override
  public synchronized void admitted(LogPosition position) {
    told.add("admitted " + position.offset());
  }

  @Override
  public synchronized void passed(LogPosition position) {
    told.add("passed " + position.offset());
    passed = position;
  }

  @Override
  public synchronized void superseded() {
    told.add("superseded");
  }

  /** How far it was told last that it is. */
  synchronized LogPosition passed() {
    return passed;
  }

  /** What it was told besides messages. */
  synchronized List<String> told() {
    return List.copyOf(told);
  }
}
