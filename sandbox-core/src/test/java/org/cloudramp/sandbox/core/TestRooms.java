package org.cloudramp.sandbox.core;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;

/** A sandbox with real rooms, and connections that remember what they got. */
final class TestRooms {
  private final Sandbox sandbox;
  private final Rooms rooms;

  TestRooms(Sandbox sandbox, Rooms rooms) {
    this.sandbox = sandbox;
    this.rooms = rooms;
  }

  static HookResult await(java.util.concurrent.CompletionStage<HookResult> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  Member join(ServiceId service, RoomId room, String name) throws Exception {
    Member member = new Member(new ConnectionId(name));
    rooms.attach(new RoomAddress(service, room), member);
    await(sandbox.dispatch(new HookCall.Join(new RoomAddress(service, room), member.id())));
    return member;
  }

  HookResult say(ServiceId service, RoomId room, Member from, String text) throws Exception {
    return await(
        sandbox.dispatch(
            new HookCall.Message(new RoomAddress(service, room), from.id(), Payload.text(text))));
  }

  /** A connection without a socket. */
  static final class Member implements RoomConnection {
    private final ConnectionId id;
    private final List<Payload> received = new CopyOnWriteArrayList<>();

    Member(ConnectionId id) {
      this.id = id;
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
    public void close(int code, String reason) {}

    List<Payload> received() {
      return List.copyOf(received);
    }

    List<String> texts() {
      return received.stream().map(Payload::text).toList();
    }
  }
}
