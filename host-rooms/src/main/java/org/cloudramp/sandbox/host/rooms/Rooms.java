package org.cloudramp.sandbox.host.rooms;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rooms of this process: who is in them, and the functions that guests talk to them with.
 *
 * {@snippet :
 * Rooms rooms = new Rooms();
 * Sandbox sandbox = Sandbox.builder().functions(rooms.providers()).listener(rooms).build();
 *
 * rooms.attach(service, room, connection);
 * sandbox.dispatch(new HookCall.Join(service, room, connection.id()));
 * }
 *
 * <p>It promises:
 *
 * <ol>
 *   <li>An attached connection becomes a member when its {@code onJoin} begins: that hook already
 *       sees it in {@code room.users} and can send to it.
 *   <li>It stays a member only if {@code onJoin} lets it in. If the hook refuses, fails or cannot
 *       run, it is forgotten.
 *   <li>It stops being a member when its {@code onLeave} begins: that hook no longer sees it.
 *   <li>Guests reach the connections of the room they run for, and no others.
 *   <li>A connection gets messages in the order in which the hooks of its room sent them. One that
 *       cannot take a message misses it; nobody waits for it.
 * </ol>
 *
 * Thread-safe. Rooms come into being with their first connection and go with their last.
 */
public final class Rooms implements HookListener {
  private static final Logger log = LoggerFactory.getLogger(Rooms.class);

  private record Key(ServiceId service, RoomId room) {}

  private final ConcurrentMap<Key, Room> rooms = new ConcurrentHashMap<>();
  private final LongAdder dropped = new LongAdder();

  /**
   * Announces a connection, before its {@code Join} is dispatched.
   *
   * @throws IllegalStateException if the room has a connection with that id
   */
  public void attach(ServiceId service, RoomId room, RoomConnection connection) {
    rooms.compute(
        new Key(service, room),
        (key, present) -> {
          Room home = present == null ? new Room() : present;
          home.announce(connection);
          return home;
        });
  }

  /**
   * Forgets a connection at once, out of the room's order. For a {@code Join} that could not be
   * queued; one that was queued is undone by its end or by its {@code Leave}. Idempotent.
   */
  public void detach(ServiceId service, RoomId room, ConnectionId connection) {
    rooms.computeIfPresent(
        new Key(service, room),
        (key, home) -> {
          home.remove(connection);
          return home.isEmpty() ? null : home;
        });
  }

  /** The members of a room, in the order they joined; empty if there is no such room. */
  public List<ConnectionId> users(ServiceId service, RoomId room) {
    return members(service, room).stream().map(RoomConnection::id).toList();
  }

  /** How many rooms have a connection. */
  public int count() {
    return rooms.size();
  }

  /**
   * How many messages and closes did not reach a connection since the start, because it had gone or
   * did not take them. A broadcast counts once for each connection that missed it.
   */
  public long dropped() {
    return dropped.sum();
  }

  /**
   * The modules {@code room} and {@code conn}, in a new array: what a sandbox needs to be given
   * along with this object as its listener.
   */
  public HostFunctionProvider[] providers() {
    return new HostFunctionProvider[] {new RoomFunctions(this), new ConnectionFunctions(this)};
  }

  @Override
  public void onBegin(HookCall call) {
    if (call instanceof HookCall.Join) {
      Room home = rooms.get(new Key(call.service(), call.room()));
      if (home != null) {
        home.admit(call.connection());
      }
    } else if (call instanceof HookCall.Leave) {
      forget(call);
    }
  }

  @Override
  public void onEnd(HookResult result) {
    if (result.call() instanceof HookCall.Join && !result.accepted()) {
      forget(result.call());
    }
  }

  @Override
  public void onAbort(HookCall call, Throwable cause) {
    // A message that could not run says nothing about who is here.
    if (!(call instanceof HookCall.Message)) {
      forget(call);
    }
  }

  private void forget(HookCall call) {
    detach(call.service(), call.room(), call.connection());
  }

  Optional<RoomConnection> member(ServiceId service, RoomId room, String id) {
    Room home = rooms.get(new Key(service, room));
    return home == null ? Optional.empty() : home.member(id);
  }

  /** Those of {@code ids} that are members; the others have left, or are nobody's. */
  List<ConnectionId> present(ServiceId service, RoomId room, List<String> ids) {
    Room home = rooms.get(new Key(service, room));
    return home == null ? List.of() : home.present(ids);
  }

  void broadcast(ServiceId service, RoomId room, Payload payload, List<String> except) {
    Set<String> skipped = except.isEmpty() ? Set.of() : new HashSet<>(except);
    for (RoomConnection connection : members(service, room)) {
      if (!skipped.contains(connection.id().value())) {
        deliver(connection, payload);
      }
    }
  }

  void send(ServiceId service, RoomId room, String id, Payload payload) {
    member(service, room, id).ifPresentOrElse(c -> deliver(c, payload), dropped::increment);
  }

  void close(ServiceId service, RoomId room, String id, int code, String reason) {
    member(service, room, id).ifPresentOrElse(c -> close(c, code, reason), dropped::increment);
  }

  private List<RoomConnection> members(ServiceId service, RoomId room) {
    Room home = rooms.get(new Key(service, room));
    return home == null ? List.of() : home.members();
  }

  private void deliver(RoomConnection connection, Payload payload) {
    boolean taken = false;
    try {
      taken = connection.send(payload);
    } catch (RuntimeException e) {
      blame(connection, e);
    }
    if (!taken) {
      dropped.increment();
    }
  }

  private void close(RoomConnection connection, int code, String reason) {
    try {
      connection.close(code, reason);
    } catch (RuntimeException e) {
      blame(connection, e);
      dropped.increment();
    }
  }

  /** One broken connection must not keep a broadcast from those after it. */
  private static void blame(RoomConnection connection, RuntimeException e) {
    log.error("connection {} threw, which it must not", connection.id(), e);
  }
}
