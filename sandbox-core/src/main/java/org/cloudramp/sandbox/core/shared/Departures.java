package org.cloudramp.sandbox.core.shared;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.function.RoomMembers.Member;
import org.cloudramp.sandbox.api.kv.ServerLeases;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the members of servers go that are gone: {@code onLeave} runs for each, once, however many
 * servers try. Thread-safe.
 *
 * <p>A server is forgotten when none of its members is left. Until then the claim on it ends now
 * and then, and somebody, perhaps this one again, looks who is still there.
 *
 * <p>Nobody knows since when a session of a dead server has had no socket: its grace begins when
 * the server was claimed, and begins again if whoever claimed it is gone as well.
 */
final class Departures {
  private static final Logger log = LoggerFactory.getLogger(Departures.class);

  /** Longer than the leaves of a full server take; then others may help. */
  private static final Duration CLAIM = Duration.ofMinutes(1);

  /** Rooms of a server that are looked after at a time. */
  private static final int ROOMS_AT_A_TIME = 16;

  private final ServerLeases leases;
  private final SharedRooms rooms;
  private final LeaveRunner leaves;
  private final Duration grace;
  private final ScheduledExecutorService timer;

  /** The servers that are being looked after here. */
  private final Set<String> settling = ConcurrentHashMap.newKeySet();

  /**
   * @param grace for how long a session stays in its room without a socket
   * @param timer begins again when that is over
   */
  Departures(
      ServerLeases leases,
      SharedRooms rooms,
      LeaveRunner leaves,
      Duration grace,
      ScheduledExecutorService timer) {
    this.leases = leases;
    this.rooms = rooms;
    this.leaves = leaves;
    this.grace = grace;
    this.timer = timer;
  }

  /** Whether the members of a server that is gone are let go here. */
  boolean isSettling(String server) {
    return settling.contains(server);
  }

  /** Looks after a server whose lease, or the claim on which, has ended. */
  void settle(String gone) {
    if (!settling.add(gone)) {
      return;
    }
    CompletionStage<Boolean> claim;
    try {
      claim = leases.claim(gone, CLAIM.plus(grace));
    } catch (RuntimeException e) { // a store that throws instead of failing its stage
      claim = CompletableFuture.failedFuture(e);
    }
    var unused =
        claim
            .thenCompose(
                isOurs -> {
                  if (!isOurs) {
                    settling.remove(gone);
                    return CompletableFuture.completedFuture(null);
                  }
                  return settle(gone, grace.isZero());
                })
            .exceptionally(error -> giveUp(gone, error));
  }

  /**
   * @param sessionsToo whether their grace is over
   */
  private CompletionStage<Void> settle(String gone, boolean sessionsToo) {
    return leases.fence(gone).thenAccept(left -> new Settlement(gone, left, sessionsToo).begin());
  }

  private void settleSessions(String gone) {
    try {
      var unused = settle(gone, true).exceptionally(error -> giveUp(gone, error));
    } catch (RuntimeException e) { // as above
      giveUp(gone, e);
    }
  }

  private @Nullable Void giveUp(String gone, Throwable error) {
    settling.remove(gone);
    log.warn("server '{}' is gone, and could not be looked after now", gone, error);
    return null;
  }

  /** One server that is gone, and the rooms that have members of it. */
  private final class Settlement {
    private final String gone;
    private final boolean sessionsToo;
    private final Deque<RoomAddress> left;
    private final AtomicInteger unsettled = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();

    /** Sessions that may still come back. */
    private final AtomicInteger expected = new AtomicInteger();

    Settlement(String gone, List<RoomAddress> left, boolean sessionsToo) {
      this.gone = gone;
      this.sessionsToo = sessionsToo;
      this.left = new ArrayDeque<>(left);
      log.info(
          "server '{}' is gone; {} rooms have connections of it, which leave{}",
          gone,
          left.size(),
          sessionsToo ? "" : " unless they are sessions that resume in time (rooms.grace)");
    }

    void begin() {
      int first = Math.min(ROOMS_AT_A_TIME, left.size());
      open.set(first);
      if (first == 0) {
        end();
      }
      for (int i = 0; i < first; i++) {
        nextRoom();
      }
    }

    private void nextRoom() {
      RoomAddress room;
      synchronized (left) {
        room = left.poll();
      }
      if (room == null) {
        if (open.decrementAndGet() == 0) {
          end();
        }
        return;
      }
      var unused =
          rooms
              .enter(room)
              .whenCompleteAsync( // it may fail at once, and so may thousands after it
                  (visit, error) -> {
                    if (error != null) {
                      unsettled.incrementAndGet();
                      nextRoom();
                      return;
                    }
                    leaveRoom(visit, room);
                  });
    }

    private void leaveRoom(RoomVisit visit, RoomAddress room) {
      if (sessionsToo || visit.membersOf(gone).isEmpty()) {
        nextLeave(visit, room, new ArrayDeque<>(visit.membersOf(gone)));
        return;
      }
      var unused =
          visit
              .sessions()
              .whenCompleteAsync(
                  (sessions, error) -> {
                    if (error != null) {
                      unsettled.incrementAndGet();
                      visit.close();
                      nextRoom();
                      return;
                    }
                    List<Member> members = visit.membersOf(gone);
                    List<Member> others =
                        members.stream()
                            .filter(member -> !sessions.contains(member.connection()))
                            .toList();
                    expected.addAndGet(members.size() - others.size());
                    nextLeave(visit, room, new ArrayDeque<>(others));
                  });
    }

    private void nextLeave(RoomVisit visit, RoomAddress room, Deque<Member> members) {
      Member member = members.poll();
      if (member == null) {
        visit.close();
        nextRoom();
        return;
      }
      leaves.run(
          Performer.leave(room, member),
          isOver -> {
            if (!isOver) {
              unsettled.incrementAndGet();
            }
            // It may be refused at once, and so may thousands after it.
            CompletableFuture<Void> unused =
                CompletableFuture.runAsync(() -> nextLeave(visit, room, members));
          });
    }

    private void end() {
      if (expected.get() > 0) {
        var unused =
            timer.schedule(() -> settleSessions(gone), grace.toMillis(), TimeUnit.MILLISECONDS);
        return;
      }
      settling.remove(gone);
      if (unsettled.get() == 0) {
        var unused = leases.forget(gone);
      } else {
        log.warn(
            "server '{}' is gone; {} of its rooms and connections could not be looked after yet, and"
                + " are again within {} s",
            gone,
            unsettled.get(),
            CLAIM.plus(grace).toSeconds());
      }
    }
  }
}
