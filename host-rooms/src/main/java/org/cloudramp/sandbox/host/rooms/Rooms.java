package org.cloudramp.sandbox.host.rooms;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.extension.Extension;
import org.cloudramp.sandbox.api.extension.RoomFollower;
import org.cloudramp.sandbox.api.extension.RoomOrder;
import org.cloudramp.sandbox.api.extension.SessionAnswer;
import org.cloudramp.sandbox.api.extension.SessionProof;
import org.cloudramp.sandbox.api.extension.SessionTerms;
import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.function.RoomMembers;
import org.cloudramp.sandbox.api.function.RoomMembers.Member;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of this process: in which rooms they are, and the functions that guests talk to
 * them with.
 *
 * <pre>{@code
 * Rooms rooms = new Rooms();
 * Sandbox sandbox = Sandbox.builder().extension(rooms).build();
 *
 * rooms.attach(address, connection);
 * sandbox.dispatch(new HookCall.Join(address, connection.id(), connection.identity()));
 * }</pre>
 *
 * <p>It promises:
 *
 * <ol>
 *   <li>An attached connection becomes a member when its {@code onJoin} begins: that hook already
 *       sees it in {@code room.users} and can send to it.
 *   <li>It stays a member only if {@code onJoin} lets it in. If the hook refuses, fails or cannot
 *       run, it is forgotten.
 *   <li>It stops being a member when its {@code onLeave} begins: that hook no longer sees it.
 *   <li>A room is {@linkplain #isInUse in use} from its first hook until its last member has left,
 *       that {@code onLeave} included.
 *   <li>Guests reach the connections of the room they run for, and no others.
 *   <li>A connection gets messages in the order in which the hooks of its room sent them. One that
 *       cannot take a message misses it; nobody waits for it.
 * </ol>
 *
 * In a room that is {@linkplain RoomOrder#isShared shared} among servers all of this holds on all
 * of them together: guests see and reach the connections of every server, and each server lets its
 * own have what the room's log says, in its order. There a connection becomes a member with the
 * commit of its {@code onJoin} and stops being one with that of its {@code onLeave}, both hooks
 * seeing it already as after that; and a connection that may have missed something is closed, so
 * that it {@linkplain RoomConnection#comeAgain comes again}.
 *
 * <p>Thread-safe. Rooms come into being with their first connection and go with their last.
 */
public final class Rooms implements Extension, HookListener, RoomFollower {
  private static final Logger log = LoggerFactory.getLogger(Rooms.class);

  /** How many entries of a room's log go by before its connections are told how far they are. */
  static final int ENTRIES_BETWEEN_POSITIONS = 64;

  /** Who is not in the room any more when a call could not be run. */
  private static final HookCall.Visitor<Optional<ConnectionId>> GONE =
      new HookCall.Visitor<>() {
        @Override
        public Optional<ConnectionId> join(HookCall.Join join) {
          return join.onBehalfOf();
        }

        @Override
        public Optional<ConnectionId> message(HookCall.Message message) {
          return Optional.empty(); // says nothing about who is here
        }

        @Override
        public Optional<ConnectionId> leave(HookCall.Leave leave) {
          return leave.onBehalfOf();
        }

        @Override
        public Optional<ConnectionId> timer(HookCall.Timer timer) {
          return Optional.empty();
        }

        @Override
        public Optional<ConnectionId> request(HookCall.Request request) {
          return Optional.empty();
        }
      };

  private static final RoomOrder UNATTACHED =
      (address, task) ->
          CompletableFuture.failedFuture(
              new IllegalStateException("these rooms are part of no sandbox"));

  private final ConcurrentMap<RoomAddress, Room> rooms = new ConcurrentHashMap<>();
  private final LongAdder dropped = new LongAdder();
  private volatile RoomOrder order = UNATTACHED;

  /**
   * Announces a connection, before its {@code Join} is dispatched.
   *
   * @throws IllegalStateException if the room has a connection with that id
   */
  public void attach(RoomAddress address, RoomConnection connection) {
    rooms.compute(
        address,
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
  public void detach(RoomAddress address, ConnectionId connection) {
    rooms.computeIfPresent(
        address,
        (key, home) -> {
          home.remove(connection);
          return home.settle() ? null : home;
        });
  }

  /** The members of a room that this process has, in the order they joined. */
  public List<ConnectionId> connections(RoomAddress address) {
    return members(address).stream().map(RoomConnection::id).toList();
  }

  /**
   * What a room remembers of a connection of this process, as of the last hook that was committed.
   *
   * @return an empty text if no hook has set anything; nothing if it is no member
   */
  public Optional<String> state(RoomAddress address, ConnectionId connection) {
    Room home = rooms.get(address);
    return home == null ? Optional.empty() : home.state(connection.value());
  }

  /** How many rooms have a connection of this process, the last of which may be leaving. */
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

  /** The modules {@code room} and {@code conn}. */
  @Override
  public List<HostFunctionProvider> functions() {
    return List.of(new RoomFunctions(this), new ConnectionFunctions(this));
  }

  @Override
  public Optional<HookListener> listener() {
    return Optional.of(this);
  }

  @Override
  public Optional<RoomFollower> follower() {
    return Optional.of(this);
  }

  @Override
  public void start(RoomOrder roomOrder) {
    order = roomOrder;
  }

  // What the host says into a room from outside, in the room's order.

  /**
   * Says something to everybody who is in the room when its turn comes.
   *
   * @return completes when it is said; exceptionally as {@link RoomOrder#run}
   */
  public CompletionStage<Void> say(RoomAddress address, Payload payload) {
    return order.isShared(address)
        ? order.perform(address, "room.broadcast", payload, List.of())
        : order.run(address, () -> broadcast(address, payload, List.of()));
  }

  /**
   * Says something to one connection, if it is in the room when its turn comes.
   *
   * @return completes when it is said; exceptionally as {@link RoomOrder#run}
   */
  public CompletionStage<Void> say(RoomAddress address, ConnectionId to, Payload payload) {
    return order.isShared(address)
        ? order.perform(address, "conn.send", to.value(), payload)
        : order.run(address, () -> send(address, to.value(), payload));
  }

  /**
   * Closes a connection after what was said to it before, if it is in the room when its turn comes.
   * Its {@code onLeave} follows as for any that closes.
   *
   * @param code a close code that an application may use: 1000, or 3000 to 4999
   * @param reason at most 123 bytes of UTF-8
   * @return completes when it is done; exceptionally as {@link RoomOrder#run}
   * @throws IllegalArgumentException if the code or the reason is not possible
   */
  public CompletionStage<Void> dismiss(
      RoomAddress address, ConnectionId connection, int code, String reason) {
    CloseFrame frame = CloseFrame.ofApplication(code, reason);
    return order.isShared(address)
        ? order.perform(address, "conn.close", connection.value(), frame.code(), frame.reason())
        : order.run(
            address, () -> close(address, connection.value(), frame.code(), frame.reason()));
  }

  // Sessions: connections that outlive their sockets, in shared rooms.

  /** What sessions can rely on; for rooms that are not shared there are none. */
  public SessionTerms sessions(RoomAddress address) {
    return order.isShared(address) ? order.sessions() : SessionTerms.NONE;
  }

  /**
   * Lets a session go on by way of another connection, in the room's turn. The one before, here or
   * on another server, is told that it is {@linkplain RoomConnection#superseded superseded}.
   *
   * @param successor gives the connection that takes its place, which is that of {@code proof},
   *     when it is known who it is; asked for before anything is sent to it, and perhaps more than
   *     once
   * @return exceptionally as {@link RoomOrder#perform}
   */
  public CompletionStage<SessionAnswer> resume(
      RoomAddress address, SessionProof proof, Function<Identity, RoomConnection> successor) {
    AtomicReference<@Nullable RoomConnection> announced = new AtomicReference<>();
    return order
        .resume(
            address,
            proof,
            identity -> {
              RoomConnection connection = successor.apply(identity);
              announced.set(connection);
              rooms.compute(
                  address,
                  (key, present) -> {
                    Room home = present == null ? new Room() : present;
                    home.announceSuccessor(connection);
                    return home;
                  });
            })
        .whenComplete(
            (answer, error) -> {
              RoomConnection connection = announced.get();
              if (connection != null && !(answer instanceof SessionAnswer.Resumed)) {
                withdraw(address, connection);
              }
            });
  }

  private void withdraw(RoomAddress address, RoomConnection connection) {
    rooms.computeIfPresent(
        address,
        (key, home) -> {
          home.withdraw(connection);
          return home.settle() ? null : home;
        });
  }

  /**
   * What was sent to a connection, or to all in its room, and whether it was closed.
   *
   * @param after what comes first follows this
   * @param most entries of the room's log to look into
   * @return a page; empty if not all that came after the position is there. Exceptionally if the
   *     store cannot be asked
   */
  public CompletionStage<Optional<Missed>> missed(
      RoomAddress address, ConnectionId connection, LogPosition after, int most) {
    return order
        .happened(address, after, most)
        .thenApply(page -> page.map(effects -> Missed.of(effects, connection)));
  }

  // What the log of a shared room says.

  @Override
  public void at(RoomAddress room, LogPosition position) {
    Room home = rooms.get(room);
    if (home == null) {
      return;
    }
    if (position.offset() % ENTRIES_BETWEEN_POSITIONS == 0) {
      LogPosition done = home.before(position);
      home.members().forEach(each -> tell(each, () -> each.passed(done)));
    }
    home.at(position);
  }

  @Override
  public boolean joined(RoomAddress room, ConnectionId connection) {
    Room home = rooms.get(room);
    if (home == null || !home.admit(connection)) {
      return false;
    }
    home.member(connection.value()).ifPresent(each -> admitted(home, each));
    return true;
  }

  @Override
  public boolean resumed(RoomAddress room, ConnectionId connection, boolean isHere) {
    Room home = rooms.get(room);
    if (home == null) {
      return false;
    }
    RoomConnection before = home.replace(connection, isHere);
    if (before != null) {
      tell(before, before::superseded);
    }
    Optional<RoomConnection> successor = home.member(connection.value());
    successor.ifPresent(each -> admitted(home, each));
    if (successor.isEmpty()) {
      rooms.computeIfPresent(room, (key, present) -> present.settle() ? null : present);
    }
    return successor.isPresent();
  }

  private static void admitted(Room home, RoomConnection connection) {
    LogPosition position = home.position();
    tell(connection, () -> connection.admitted(position));
  }

  @Override
  public void left(RoomAddress room, ConnectionId connection) {
    Room home = rooms.get(room);
    RoomConnection letGo = home == null ? null : home.takeUnlessItLeaves(connection);
    if (letGo != null) {
      comeAgain(letGo, "another server has let this connection go");
    }
  }

  @Override
  public void stateChanged(RoomAddress room, ConnectionId connection, String state) {
    Room home = rooms.get(room);
    if (home != null) {
      home.setState(connection.value(), state);
    }
  }

  @Override
  public boolean has(RoomAddress room, ConnectionId connection) {
    Room home = rooms.get(room);
    return home != null && home.has(connection);
  }

  @Override
  public boolean isLetGo(RoomAddress room, ConnectionId connection) {
    Room home = rooms.get(room);
    return home != null && home.isLetGo(connection);
  }

  @Override
  public void missed(RoomAddress room) {
    Room home = rooms.get(room);
    if (home != null) {
      // Those on the way too: that somebody has joined may be among what is lost.
      home.all().forEach(each -> comeAgain(each, "messages of this room are lost"));
    }
  }

  @Override
  public void fenced() {
    rooms.forEach(
        (address, home) -> {
          if (order.isShared(address)) { // the others are nobody else's
            home.letAllGo().forEach(each -> comeAgain(each, "this server starts over"));
          }
        });
  }

  // What the room's hooks do.

  @Override
  public void onBegin(HookCall call) {
    Room home = rooms.get(call.address());
    if (home == null) {
      return;
    }
    boolean isShared = order.isShared(call.address());
    if (call instanceof HookCall.Join join && !isShared) {
      home.admit(join.connection());
    } else if (call instanceof HookCall.Leave leave) {
      if (isShared) {
        home.leaves(leave.connection());
      } else {
        home.takeLeave(leave.connection()); // the room itself stays until the hook has ended
      }
    }
  }

  @Override
  public void onEnd(HookResult result) {
    HookCall call = result.call();
    Room room = rooms.get(call.address());
    if (room != null) {
      room.hookIsOver();
      if (hasRun(result)) {
        room.ran();
      }
    }
    if (call instanceof HookCall.Leave leave) {
      if (order.isShared(call.address())) {
        detach(call.address(), leave.connection()); // if the log has not come so far yet
      } else {
        rooms.computeIfPresent(call.address(), (key, home) -> home.settle() ? null : home);
      }
    } else if (call instanceof HookCall.Join join && !result.accepted()) {
      detach(join.address(), join.connection());
    }
  }

  /** A message of a kind that the guest does not take is answered without the guest. */
  private static boolean hasRun(HookResult result) {
    if (result.call() instanceof HookCall.Message
        && result.outcome() instanceof HookOutcome.Refused refused) {
      return refused.close().isEmpty();
    }
    return !(result.outcome() instanceof HookOutcome.Absent);
  }

  @Override
  public void onAbort(HookCall call, Throwable cause) {
    Room room = rooms.get(call.address());
    if (room != null) {
      room.hookIsOver();
    }
    call.accept(GONE).ifPresent(who -> detach(call.address(), who));
  }

  @Override
  public boolean isInUse(RoomAddress address) {
    Room home = rooms.get(address);
    return home != null && home.isInUse();
  }

  Optional<RoomConnection> member(RoomAddress address, String id) {
    Room home = rooms.get(address);
    return home == null ? Optional.empty() : home.member(id);
  }

  /** Who is in the room that a hook runs for, as it sees that. */
  List<Member> membersOf(HostCall call) {
    Optional<RoomMembers> everywhere = call.members();
    return everywhere.isPresent()
        ? everywhere.get().all()
        : members(call.address()).stream().map(c -> new Member(c.id(), c.identity())).toList();
  }

  /** One who is in the room that a hook runs for, as it sees that. */
  Optional<ConnectionId> memberOf(HostCall call, String id) {
    Optional<RoomMembers> everywhere = call.members();
    return everywhere.isPresent()
        ? everywhere.get().find(id).map(Member::connection)
        : member(call.address(), id).map(RoomConnection::id);
  }

  /** What the room remembers of somebody, as a hook sees it: with what it has set itself. */
  Optional<String> stateOf(HostCall call, String id) {
    Optional<RoomMembers> everywhere = call.members();
    if (everywhere.isPresent()) {
      return everywhere.get().state(id);
    }
    Room home = rooms.get(call.address());
    return home == null ? Optional.empty() : home.state(call, id);
  }

  /** A hook has set what the room is to remember of a member. */
  void noteState(HostCall call, ConnectionId member, String state) {
    Optional<RoomMembers> everywhere = call.members();
    if (everywhere.isPresent()) {
      everywhere.get().setState(member, state);
      return;
    }
    Room home = rooms.get(call.address());
    if (home != null) {
      home.note(call, member.value(), state);
    }
  }

  /** What a hook has set is committed. In a shared room the log says so. */
  void keepState(HostCall call, String member, String state) {
    Room home = call.members().isPresent() ? null : rooms.get(call.address());
    if (home != null) {
      home.setState(member, state);
    }
  }

  /** Those of {@code ids} that are members; the others have left, or are nobody's. */
  List<ConnectionId> present(HostCall call, List<String> ids) {
    if (ids.isEmpty()) {
      return List.of();
    }
    Optional<RoomMembers> everywhere = call.members();
    return everywhere.isPresent()
        ? ids.stream()
            .distinct()
            .flatMap(id -> everywhere.get().find(id).stream())
            .map(Member::connection)
            .toList()
        : membersAmong(call.address(), ids).stream().map(RoomConnection::id).toList();
  }

  void broadcast(RoomAddress address, Payload payload, List<String> except) {
    Room home = rooms.get(address);
    if (home == null) {
      return;
    }
    Set<String> skipped = except.isEmpty() ? Set.of() : new HashSet<>(except);
    for (RoomConnection connection : home.members()) {
      if (!skipped.contains(connection.id().value())) {
        deliver(home, connection, payload);
      }
    }
  }

  /** To each of {@code to} that is a member, once. */
  void sendTo(RoomAddress address, List<String> to, Payload payload) {
    Room home = rooms.get(address);
    if (home != null) {
      home.present(to).forEach(connection -> deliver(home, connection, payload));
    }
  }

  void send(RoomAddress address, String id, Payload payload) {
    Room home = rooms.get(address);
    Optional<RoomConnection> member = home == null ? Optional.empty() : home.member(id);
    if (home == null || member.isEmpty()) {
      missing(address);
    } else {
      deliver(home, member.get(), payload);
    }
  }

  void close(RoomAddress address, String id, int code, String reason) {
    member(address, id).ifPresentOrElse(c -> close(c, code, reason), () -> missing(address));
  }

  /** Somebody is not here; in a shared room it may be on another server. */
  private void missing(RoomAddress address) {
    if (!order.isShared(address)) {
      dropped.increment();
    }
  }

  List<RoomConnection> members(RoomAddress address) {
    Room home = rooms.get(address);
    return home == null ? List.of() : home.members();
  }

  private List<RoomConnection> membersAmong(RoomAddress address, List<String> ids) {
    Room home = rooms.get(address);
    return home == null ? List.of() : home.present(ids);
  }

  /** A room without a log is nowhere in it. */
  @SuppressWarnings("ReferenceEquality") // none is one object, and this is asked for each message
  private void deliver(Room home, RoomConnection connection, Payload payload) {
    LogPosition position = home.position();
    boolean taken = false;
    try {
      taken =
          position == LogPosition.none()
              ? connection.send(payload)
              : connection.send(payload, position);
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

  private static void comeAgain(RoomConnection connection, String reason) {
    tell(connection, () -> connection.comeAgain(reason));
  }

  private static void tell(RoomConnection connection, Runnable news) {
    try {
      news.run();
    } catch (RuntimeException e) {
      blame(connection, e);
    }
  }

  /** One broken connection must not keep a broadcast from those after it. */
  private static void blame(RoomConnection connection, RuntimeException e) {
    log.error("connection {} threw, which it must not", connection.id(), e);
  }
}
