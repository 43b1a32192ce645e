package org.cloudramp.sandbox.core.shared;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.extension.LoggedEffects;
import org.cloudramp.sandbox.api.extension.RoomFollower;
import org.cloudramp.sandbox.api.function.EffectFunction;
import org.cloudramp.sandbox.api.function.RoomMembers.Member;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.cloudramp.sandbox.api.kv.RoomLog;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.cloudramp.sandbox.api.kv.ServerLeases;
import org.cloudramp.sandbox.core.function.FunctionCatalogue;

/**
 * The rooms of many servers that this one takes part in, and its own place among the servers.
 * Thread-safe. How many rooms it follows is bounded by the store; each has a hook that runs, or a
 * connection of this process, or had one within ten seconds and is one of the last {@link
 * #MAX_IDLE} of that kind.
 */
public final class SharedRooms implements AutoCloseable {
  /**
   * Rooms that are used now and then, by somebody without a connection, are not opened each time.
   */
  private static final Duration KEPT = Duration.ofSeconds(10);

  /** Of some 4 KB each: a part of the heap in any case. */
  private static final int MAX_IDLE =
      (int) Math.min(1 << 16, Math.max(256, Runtime.getRuntime().maxMemory() >> 17));

  private final RoomLog logs;
  private final FunctionCatalogue functions;
  private final Predicate<ServiceId> includes;
  private final Performer performer;
  private final ServerPlace place;
  private final Departures departures;
  private final Strays strays;
  private final ConcurrentHashMap<RoomAddress, SharedRoom> rooms = new ConcurrentHashMap<>();
  private final IdleRooms idle = new IdleRooms(MAX_IDLE);

  /**
   * Follows nothing yet, and has no place yet.
   *
   * @param includes the services whose rooms may be on many servers
   * @param followers told what logs say of who is in a room
   * @param terms of this server's lease
   * @param grace for how long a session stays in its room without a socket
   * @param timer renews it, and forgets rooms
   * @param leaves has the leave of somebody run whose connection is lost
   */
  public SharedRooms(
      RoomLog logs,
      ServerLeases leases,
      FunctionCatalogue functions,
      Predicate<ServiceId> includes,
      List<RoomFollower> followers,
      ServerPlace.Terms terms,
      Duration grace,
      ScheduledExecutorService timer,
      LeaveRunner leaves) {
    this.logs = logs;
    this.functions = functions;
    this.includes = includes;
    this.departures = new Departures(leases, this, leaves, grace, timer);
    this.place = new ServerPlace(leases, terms, timer, departures);
    this.performer =
        new Performer(
            functions,
            followers,
            place::is,
            leave -> leaves.run(leave, whatever -> {}),
            place::renew);
    this.place.whenLost(performer::fenced);
    this.strays = new Strays(this, place, performer, grace, timer);
    var unused =
        timer.scheduleWithFixedDelay(
            this::forgetIdle, KEPT.toMillis(), KEPT.toMillis() / 2, TimeUnit.MILLISECONDS);
  }

  /** Takes a place among the servers, as {@link ServerPlace#take} says. Blocks. */
  public void start() {
    place.take();
  }

  /** Whether the rooms of a service may be on many servers. */
  public boolean includes(ServiceId service) {
    return includes.test(service);
  }

  /**
   * Follows a room, and has read who is in it.
   *
   * @return to be closed; completes exceptionally with a {@link StoreException} if the store cannot
   *     be asked, or this server has no place among the others now
   */
  public CompletableFuture<RoomVisit> enter(RoomAddress address) {
    String server = place.current();
    if (server == null) {
      return CompletableFuture.failedFuture(
          new StoreException(
              StoreException.Kind.UNAVAILABLE,
              "the room %s cannot be used now: this server has lost its lease, and starts over under another name"
                  .formatted(address)));
    }
    SharedRoom room =
        rooms.compute(
            address,
            (key, present) -> {
              SharedRoom entered =
                  present == null
                      ? new SharedRoom(address, logs, performer, strays::opened)
                      : present;
              entered.enter();
              return entered;
            });
    RoomVisit visit = new RoomVisit(room, server, this::speaksFor, this::left);
    CompletableFuture<Void> opened = room.open();
    if (opened.isDone() && !opened.isCompletedExceptionally()) { // as for all hooks but the first
      return CompletableFuture.completedFuture(visit);
    }
    return opened.handle(
        (done, error) -> {
          if (error == null) {
            return visit;
          }
          visit.close();
          throw error instanceof CompletionException wrapped
              ? wrapped
              : new CompletionException(error);
        });
  }

  /** Somebody needs a room no more, and perhaps nobody does. */
  private void left(SharedRoom room) {
    if (!room.exit()) {
      return;
    }
    RoomAddress tooMany = idle.add(room.address());
    if (tooMany != null) {
      closeIfIdle(tooMany, System.nanoTime(), 0);
    }
  }

  private void closeIfIdle(RoomAddress address, long now, long nanos) {
    rooms.computeIfPresent(
        address,
        (key, room) -> {
          if (!room.closeIfIdle(now, nanos)) {
            return room;
          }
          idle.remove(address);
          return null;
        });
  }

  /**
   * Whether this process lets the members of a server go: its own, and those of a server that is
   * gone and that it looks after.
   */
  private boolean speaksFor(String server) {
    return place.isOrWas(server) || departures.isSettling(server);
  }

  /** One who is in a room, as the store has it now; the room is not followed for that. */
  public CompletionStage<Optional<RosterEntry>> member(
      RoomAddress address, ConnectionId connection) {
    return logs.member(address, connection.value());
  }

  /**
   * What happened everywhere in a room, as its log says.
   *
   * @param after what comes first follows this
   * @param most entries to look into
   * @return a page; empty if not all that came after the position is there
   */
  public CompletionStage<Optional<LoggedEffects>> happened(
      RoomAddress address, LogPosition after, int most) {
    return logs.read(address, after, most)
        .thenApply(
            read ->
                read instanceof LogRead.Page page ? Optional.of(effects(page)) : Optional.empty());
  }

  private LoggedEffects effects(LogRead.Page page) {
    List<LoggedEffects.LoggedEffect> effects = new ArrayList<>();
    for (int i = 0; i < page.entries().size(); i++) {
      effect(page.behind(i + 1), page.entries().get(i)).ifPresent(effects::add);
    }
    return new LoggedEffects(effects, page.last());
  }

  /**
   * What cannot be read is passed over, as where it is performed; nothing was heard of it there.
   */
  private Optional<LoggedEffects.LoggedEffect> effect(LogPosition position, Bytes bytes) {
    try {
      Optional<RoomEntry> entry = RoomEntry.read(bytes);
      if (entry.isPresent() && entry.get() instanceof RoomEntry.Effect effect) {
        Optional<EffectFunction> function = functions.everywhere(effect.function());
        if (function.isPresent()) {
          List<Object> arguments = List.of(effect.read(function.get().parameters()));
          return Optional.of(
              new LoggedEffects.LoggedEffect(position, effect.function(), arguments));
        }
      }
      return Optional.empty();
    } catch (GuestException | IllegalArgumentException unreadable) {
      return Optional.empty();
    }
  }

  /** Somebody has joined whom nobody knows: it leaves again. */
  public void leave(HookCall.Join join) {
    performer.letGo(join.address(), new Member(join.connection(), join.identity()));
  }

  /** Whether a connection of this process was let go by another server. */
  public boolean isLetGo(RoomAddress address, ConnectionId connection) {
    return performer.isLetGo(address, connection);
  }

  /**
   * What is appended for an effect that the host itself asks for.
   *
   * @param function both parts of its name
   * @throws IllegalArgumentException if there is none of that name that happens everywhere
   */
  public Bytes entry(String function, Object... arguments) {
    EffectFunction effect =
        functions
            .everywhere(function)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no effect '%s' happens everywhere".formatted(function)));
    return RoomEntry.effect(function, effect.parameters(), arguments);
  }

  /** A commit on behalf of {@code server} was refused: others have taken it for dead. */
  public void fenced(String server) {
    place.lost(server);
  }

  private void forgetIdle() {
    long now = System.nanoTime();
    for (RoomAddress address : rooms.keySet()) {
      closeIfIdle(address, now, KEPT.toNanos());
    }
  }

  /** Gives the place back, and follows nothing any more. Idempotent. */
  @Override
  public void close() {
    place.close();
    rooms.values().forEach(SharedRoom::close);
    rooms.clear();
  }
}
