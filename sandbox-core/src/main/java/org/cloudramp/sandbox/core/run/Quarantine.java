package org.cloudramp.sandbox.core.run;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.core.ServiceObserver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps from running what fails again and again: messages of one connection, one room, or a whole
 * version, whichever explains the faults. Thread-safe.
 *
 * <ol>
 *   <li>Faults on messages of one connection: its messages are not run any more.
 *   <li>Faults that no single connection explains: the room is not run for a while.
 *   <li>Faults that no single room explains: the version is not run for a while.
 * </ol>
 *
 * For a room and a version only the faults of a hook since that hook last ended well there count:
 * as long as it does its work for others, whoever sees it fail is the cause. What uses up its time
 * costs the host a thread, and counts twice. After a rest, two connections (or rooms) within
 * another window are enough for a rest twice as long. A version that cannot be initialised needs no
 * second witness. A new version of the service starts with a clean record.
 */
public final class Quarantine {
  /**
   * When to stop running something.
   *
   * @param faults so many within the window; 0 for never
   * @param window how far back faults count
   * @param rest how long the first time
   * @param longestRest how long at most
   */
  public record Policy(int faults, Duration window, Duration rest, Duration longestRest) {}

  /**
   * A version that rests, or a room of it.
   *
   * @param version which
   * @param room which room of it; empty if the version rests as a whole
   * @param remaining how much longer
   * @param lastFault the message of its last fault, or why it was put to rest
   */
  public record Rest(
      ModuleVersion version, Optional<RoomId> room, Duration remaining, String lastFault) {}

  private record RoomOf(ModuleVersion version, RoomId room) {}

  private static final Logger audit = LoggerFactory.getLogger("org.cloudramp.sandbox.audit");

  /** A record outlives its hook, so what a guest said is not kept at any length. */
  private static final int MAX_CAUSE = 300;

  private static final int MAX_VERSIONS = 100_000;

  /** Rooms, and senders in rooms; each takes some 500 bytes. */
  private static final int MAX_ROOMS_AND_SENDERS = 40_000;

  private static final int MAX_ORDERED = 1_000;
  private static final int WEIGHT_OF_A_DEADLINE = 2;

  private final Policy policy;
  private final LongSupplier ticker;
  private final ServiceObserver observer;

  /** Of versions that have failed of late; each guarded by itself. */
  private final Cache<ModuleVersion, Conduct> versions;

  /** Of rooms that have failed of late; each guarded by itself. */
  private final Cache<RoomOf, RoomConduct> rooms;

  /** Versions that somebody has put to rest, whatever they have done. */
  private final Map<ModuleVersion, Ordered> ordered = new ConcurrentHashMap<>();

  /**
   * A rest that somebody has ordered.
   *
   * @param until as of the ticker
   */
  private record Ordered(long until, String why) {
    Duration remaining(long now) {
      return Duration.ofNanos(until - now);
    }
  }

  /**
   * Nothing is in quarantine yet.
   *
   * @param ticker nanoseconds, as {@link System#nanoTime}
   * @param observer told of each rest; does not throw
   */
  public Quarantine(Policy policy, LongSupplier ticker, ServiceObserver observer) {
    this.policy = policy;
    this.ticker = ticker;
    this.observer = observer;
    Duration memory = policy.longestRest().plus(policy.window()).multipliedBy(2);
    this.versions =
        Caffeine.newBuilder().maximumSize(MAX_VERSIONS).expireAfterAccess(memory).build();
    this.rooms =
        Caffeine.newBuilder()
            .maximumWeight(MAX_ROOMS_AND_SENDERS)
            .weigher((RoomOf key, RoomConduct room) -> room.weight())
            .expireAfterAccess(memory)
            .build();
  }

  /** Why the call may not run now in that version, if it may not. */
  Optional<RefusedException> check(ModuleVersion version, HookCall call) {
    Optional<Ordered> order = ordered.isEmpty() ? Optional.empty() : order(version);
    if (order.isPresent()) {
      return Optional.of(
          new RefusedException(
              RefusedException.Kind.QUARANTINED,
              "%s was put to rest for %d more seconds: %s; publish a new version, or let the operator lift it"
                  .formatted(
                      version,
                      seconds(order.get().remaining(ticker.getAsLong())),
                      order.get().why())));
    }
    Conduct conduct = versions.getIfPresent(version);
    if (conduct == null) {
      return Optional.empty();
    }
    long now = ticker.getAsLong();
    synchronized (conduct) {
      Duration remaining = conduct.remaining(now);
      if (remaining != null) {
        return Optional.of(
            refusal(RefusedException.Kind.QUARANTINED, version.toString(), remaining, conduct, ""));
      }
    }
    RoomConduct room = rooms.getIfPresent(new RoomOf(version, call.room()));
    return room == null ? Optional.empty() : check(version, room, call, now);
  }

  private static Optional<RefusedException> check(
      ModuleVersion version, RoomConduct room, HookCall call, long now) {
    synchronized (room) {
      Duration remaining = room.conduct.remaining(now);
      if (remaining != null) {
        return Optional.of(
            refusal(
                RefusedException.Kind.ROOM_QUARANTINED,
                "%s, room '%s',".formatted(version, call.room()),
                remaining,
                room.conduct,
                " of several connections"));
      }
      boolean isMessage = call.hook() == Hook.ON_MESSAGE; // a leave runs, whoever leaves
      if (isMessage && call.onBehalfOf().filter(room::isResting).isPresent()) {
        return Optional.of(
            new RefusedException(
                RefusedException.Kind.CONNECTION_QUARANTINED,
                "%s, room '%s': messages of connection %s are not run any more after repeated faults, the last: %s"
                    .formatted(
                        version,
                        call.room(),
                        call.onBehalfOf().orElseThrow(),
                        room.conduct.lastCause())));
      }
      return Optional.empty();
    }
  }

  private static RefusedException refusal(
      RefusedException.Kind kind, String who, Duration remaining, Conduct conduct, String whose) {
    return new RefusedException(
        kind,
        "%s is in quarantine for %d more seconds after repeated faults%s, the last: %s; publish a new version, or let the operator lift it"
            .formatted(who, seconds(remaining), whose, conduct.lastCause()));
  }

  private static long seconds(Duration remaining) {
    return Math.max(1, remaining.toSeconds());
  }

  /** What was ordered of a version and still holds. */
  private Optional<Ordered> order(ModuleVersion version) {
    Ordered order = ordered.get(version);
    if (order == null) {
      return Optional.empty();
    }
    if (order.until() - ticker.getAsLong() <= 0) {
      ordered.remove(version, order);
      return Optional.empty();
    }
    return Optional.of(order);
  }

  /**
   * Keeps a version from running for a while, whatever it has done or does.
   *
   * @param time longer than nothing
   * @param why in a sentence without a full stop
   * @throws RefusedException of kind queue full if {@value #MAX_ORDERED} others rest by order
   */
  public void order(ModuleVersion version, Duration time, String why) {
    long now = ticker.getAsLong();
    synchronized (ordered) {
      ordered.values().removeIf(order -> order.until() - now <= 0);
      if (ordered.size() >= MAX_ORDERED && !ordered.containsKey(version)) {
        throw new RefusedException(
            RefusedException.Kind.QUEUE_FULL,
            "%s is not put to rest: %d versions rest by order already; lift one of them"
                .formatted(version, MAX_ORDERED));
      }
      ordered.put(version, new Ordered(now + time.toNanos(), why));
    }
    audit.warn("{} is put to rest for {}: {}", version, time, why);
    observer.rests(version, Optional.empty(), time, why);
  }

  /** A hook of that call has failed by the fault of the version, or of what it was sent. */
  void fault(ModuleVersion version, HookCall call, GuestException cause) {
    if (policy.faults() == 0) {
      return;
    }
    int weight = cause.kind() == GuestException.Kind.DEADLINE ? WEIGHT_OF_A_DEADLINE : 1;
    String message = cut(cause);
    long now = ticker.getAsLong();
    RoomOf of = new RoomOf(version, call.room());
    RoomConduct room = rooms.get(of, key -> new RoomConduct(policy));
    int weightBefore = room.weight();
    synchronized (room) {
      if (call.hook() == Hook.ON_MESSAGE) {
        call.onBehalfOf().ifPresent(sender -> room.fault(sender, weight, now));
      }
      Object source = call.onBehalfOf().<Object>map(sender -> sender).orElse("");
      int faults = room.conduct.fault(source, call.hook(), weight, now, message);
      if (faults > 0) {
        tell(version, Optional.of(call.room()), room.conduct, faults, "connections");
      }
    }
    if (room.weight() != weightBefore) {
      rooms.asMap().computeIfPresent(of, (key, present) -> present); // weighs it again
    }
    Conduct conduct = versions.get(version, key -> new Conduct(policy));
    synchronized (conduct) {
      int faults = conduct.fault(call.room(), call.hook(), weight, now, message);
      if (faults > 0) {
        tell(version, Optional.empty(), conduct, faults, "rooms");
      }
    }
  }

  /** The version could not be initialised, by its own fault. */
  public void faultOfLoad(ModuleVersion version, GuestException cause) {
    if (policy.faults() == 0) {
      return;
    }
    Conduct conduct = versions.get(version, key -> new Conduct(policy));
    synchronized (conduct) {
      int faults = conduct.faultOfItsOwn(ticker.getAsLong(), cut(cause));
      if (faults > 0) {
        tell(version, Optional.empty(), conduct, faults, "loads");
      }
    }
  }

  /** A hook of that call has ended well. */
  void ranWell(ModuleVersion version, HookCall call) {
    Conduct conduct = versions.getIfPresent(version);
    if (conduct == null) {
      return; // as ever so often: nothing of it has failed of late
    }
    synchronized (conduct) {
      conduct.ranWell(call.hook());
    }
    RoomConduct room = rooms.getIfPresent(new RoomOf(version, call.room()));
    if (room != null) {
      synchronized (room) {
        room.conduct.ranWell(call.hook());
      }
    }
  }

  private static String cut(GuestException cause) {
    return InertText.cut(cause.messageWithPlace(), MAX_CAUSE);
  }

  private void tell(
      ModuleVersion version, Optional<RoomId> room, Conduct conduct, int faults, String sources) {
    audit.warn(
        "{}{} is in quarantine for {}: faults of {} {} within {}, the last: {}",
        version,
        room.map(which -> ", room '" + which + "',").orElse(""),
        conduct.lastRest(),
        faults,
        sources,
        policy.window(),
        conduct.lastCause());
    observer.rests(version, room, conduct.lastRest(), conduct.lastCause());
  }

  /** How much is remembered of rooms and senders; for tests. */
  long remembered() {
    rooms.cleanUp();
    return rooms.asMap().values().stream().mapToLong(RoomConduct::weight).sum();
  }

  /** The versions and rooms that rest now, the one that rests longest first. */
  public List<Rest> resting() {
    long now = ticker.getAsLong();
    List<Rest> resting = new ArrayList<>();
    ordered.forEach(
        (version, order) -> {
          if (order.until() - now > 0) {
            resting.add(new Rest(version, Optional.empty(), order.remaining(now), order.why()));
          }
        });
    versions
        .asMap()
        .forEach(
            (version, conduct) -> {
              if (order(version).isEmpty()) {
                addIfResting(resting, version, null, conduct, conduct, now);
              }
            });
    rooms
        .asMap()
        .forEach(
            (key, room) ->
                addIfResting(resting, key.version(), key.room(), room.conduct, room, now));
    resting.sort(Comparator.comparing(Rest::remaining).reversed());
    return resting;
  }

  private static void addIfResting(
      List<Rest> resting,
      ModuleVersion version,
      @Nullable RoomId room,
      Conduct conduct,
      Object guard,
      long now) {
    synchronized (guard) {
      Duration remaining = conduct.remaining(now);
      if (remaining != null) {
        resting.add(new Rest(version, Optional.ofNullable(room), remaining, conduct.lastCause()));
      }
    }
  }

  /** Forgets what the version has done, its rooms and those who sent to them. */
  public void lift(ModuleVersion version) {
    boolean any = rooms.asMap().keySet().removeIf(key -> key.version().equals(version));
    any |= versions.asMap().remove(version) != null;
    any |= ordered.remove(version) != null;
    if (any) {
      audit.info("{}: quarantine and faults are lifted", version);
      observer.lifted(version);
    }
  }
}
