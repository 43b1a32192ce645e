package org.cloudramp.sandbox.core.shared;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.function.RoomMembers.Member;
import org.cloudramp.sandbox.api.kv.ServerLeases;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the members of servers go that are gone: {@code onLeave} runs for each, once, however many
 * servers try. Thread-safe.
 *
 * <p>A server is forgotten when none of its members is left. Until then the claim on it ends now
 * and then, and somebody, perhaps this one again, looks who is still there.
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

  /** The servers that are being looked after here. */
  private final Set<String> settling = ConcurrentHashMap.newKeySet();

  Departures(ServerLeases leases, SharedRooms rooms, LeaveRunner leaves) {
    this.leases = leases;
    this.rooms = rooms;
    this.leaves = leaves;
  }

  /** Looks after a server whose lease, or the claim on which, has ended. */
  void settle(String gone) {
    if (!settling.add(gone)) {
      return;
    }
    CompletionStage<Boolean> claim;
    try {
      claim = leases.claim(gone, CLAIM);
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
                  return leases.fence(gone).thenAccept(left -> new Settlement(gone, left).begin());
                })
            .exceptionally(
                error -> {
                  settling.remove(gone);
                  log.warn("server '{}' is gone, and could not be looked after now", gone, error);
                  return null;
                });
  }

  /** One server that is gone, and the rooms that have members of it. */
  private final class Settlement {
    private final String gone;
    private final Deque<RoomAddress> left;
    private final AtomicInteger unsettled = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();

    Settlement(String gone, List<RoomAddress> left) {
      this.gone = gone;
      this.left = new ArrayDeque<>(left);
      log.info(
          "server '{}' is gone; {} rooms have connections of it, which leave", gone, left.size());
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
                    nextLeave(visit, room, new ArrayDeque<>(visit.membersOf(gone)));
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
      settling.remove(gone);
      if (unsettled.get() == 0) {
        var unused = leases.forget(gone);
      } else {
        log.warn(
            "server '{}' is gone; {} of its rooms and connections could not be looked after yet, and"
                + " are again within {} s",
            gone,
            unsettled.get(),
            CLAIM.toSeconds());
      }
    }
  }
}
