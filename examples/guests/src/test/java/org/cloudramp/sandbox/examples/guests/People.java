package org.cloudramp.sandbox.examples.guests;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.hook.HttpHeader;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.SandboxBuilder;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.engine.GuestThread;

/** One room of one service, and those who meet there. */
final class People implements AutoCloseable {
  private static final ServiceId SERVICE = new ServiceId("chat");
  private static final RoomId ROOM = new RoomId("lobby");

  private final Rooms rooms;
  private final Sandbox sandbox;
  private final ModuleVersion version;

  private People(Rooms rooms, Sandbox sandbox, ModuleVersion version) {
    this.rooms = rooms;
    this.sandbox = sandbox;
    this.version = version;
  }

  /** A room that runs {@code wasm}, on what {@code builder} says, with modules kept in a folder. */
  static People meet(SandboxBuilder builder, Path folder, byte[] wasm) throws Exception {
    Rooms rooms = new Rooms();
    Sandbox sandbox =
        builder
            .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "5s"))
            .extension(rooms)
            .build();
    return new People(rooms, sandbox, publish(sandbox, wasm));
  }

  /** A guest is initialised where it is published, and the stack of a test may not be enough. */
  private static ModuleVersion publish(Sandbox sandbox, byte[] wasm) throws Exception {
    try {
      return GuestThread.call(() -> sandbox.publish(SERVICE, wasm));
    } catch (Exception | Error e) {
      sandbox.close();
      throw e;
    }
  }

  /** The room's memory is lost; who is there stays. */
  void evict() {
    sandbox.operator().evict(version);
  }

  Member join(String name) throws Exception {
    return join(name, Identity.UNKNOWN);
  }

  Member join(String name, Identity identity) throws Exception {
    Member member = new Member(new ConnectionId(name), identity);
    run(joining(member));
    return member;
  }

  /** What becomes of somebody who wants to join. */
  HookResult knock(String name) throws Exception {
    return knock(name, Identity.UNKNOWN);
  }

  HookResult knock(String name, Identity identity) throws Exception {
    return run(joining(new Member(new ConnectionId(name), identity)));
  }

  private HookCall joining(Member member) {
    rooms.attach(new RoomAddress(SERVICE, ROOM), member);
    return new HookCall.Join(new RoomAddress(SERVICE, ROOM), member.id(), member.identity());
  }

  HookResult say(Member from, Payload payload) throws Exception {
    return run(
        new HookCall.Message(new RoomAddress(SERVICE, ROOM), from.id(), payload, from.identity()));
  }

  HookResult leave(Member member, int code, String reason) throws Exception {
    return run(
        new HookCall.Leave(
            new RoomAddress(SERVICE, ROOM), member.id(), code, reason, member.identity()));
  }

  /** The user ann asks by HTTP. */
  HookResult ask(String method, String path, List<HttpHeader> headers, String body)
      throws Exception {
    return run(
        new HookCall.Request(
            new RoomAddress(SERVICE, ROOM),
            method,
            path,
            headers,
            Bytes.utf8(body),
            Identity.ofUser("ann")));
  }

  /** Fires what is due, and waits for the hooks. */
  void fireTimers() throws Exception {
    Optional<Instant> unused =
        sandbox.operator().fireTimers().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private HookResult run(HookCall call) throws Exception {
    return sandbox.dispatch(call).toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    sandbox.close();
  }

  /** A connection without a socket, which remembers what it got. */
  static final class Member implements RoomConnection {
    private final ConnectionId id;
    private final Identity identity;
    private final List<Payload> received = new CopyOnWriteArrayList<>();
    private final List<String> closed = new CopyOnWriteArrayList<>();

    private Member(ConnectionId id, Identity identity) {
      this.id = id;
      this.identity = identity;
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
    public boolean send(Payload payload) {
      return received.add(payload);
    }

    @Override
    public void close(int code, String reason) {
      closed.add(code + " " + reason);
    }

    List<Payload> received() {
      return received;
    }

    List<String> closed() {
      return closed;
    }
  }
}
