package org.cloudramp.sandbox.core.schedule;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.RoomLoop;
import org.jspecify.annotations.Nullable;

/**
 * The turns that wait for one loop. It is handed one at a time: of the service that has had the
 * least time there; one that comes back counts as having had as much as the least of those that
 * wait. All of it but {@link #add} and {@link #isOpen} is for the loop.
 *
 * <p>How many wait is bounded by their lines, each of which has one.
 */
final class LoopTurns {
  /** What a service has had is charged to it in pieces of that size: each takes a lock of all. */
  private static final long CHARGE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final Comparator<Share> LEAST_SERVED_FIRST =
      Comparator.<Share>comparingLong(share -> share.served)
          .thenComparingLong(share -> share.number);

  private final RoomLoop loop;
  private final ServiceScheduler workers;

  // All below belongs to the loop.
  private final Map<ServiceId, Share> shares = new HashMap<>();
  private final PriorityQueue<Share> waiting = new PriorityQueue<>(LEAST_SERVED_FIRST);

  /** The turn that the loop has been handed and that holds it. */
  private TurnScheduler.@Nullable Turn handed;

  private long floor;
  private long made;

  /** What a service has of this loop, while it has turns. */
  private static final class Share {
    final ServiceId service;
    final long number;
    final ArrayDeque<TurnScheduler.Turn> turns = new ArrayDeque<>(4);
    long served;
    long uncharged;

    Share(ServiceId service, long number, long served) {
      this.service = service;
      this.number = number;
      this.served = served;
    }
  }

  LoopTurns(RoomLoop loop, ServiceScheduler workers) {
    this.loop = loop;
    this.workers = workers;
  }

  boolean isOpen() {
    return loop.takesTurns();
  }

  /**
   * Another turn waits; by any thread. What anybody has asked of the loop before is done first: the
   * line's turn before may have run on a worker, and what it sent may not have been written yet.
   */
  void add(TurnScheduler.Turn turn) {
    loop.enqueue(() -> enqueue(turn));
  }

  private void enqueue(TurnScheduler.Turn turn) {
    Share share = shares.get(turn.service());
    if (share == null) {
      share = new Share(turn.service(), made++, floor);
      shares.put(turn.service(), share);
    }
    share.turns.add(turn);
    if (share.turns.size() == 1 && !isHanded(share)) {
      waiting.add(share);
    }
    if (handed == null) {
      handOn();
    }
  }

  /** A turn has ended, and the loop goes on with the next one, unless it has done so before. */
  void ended(TurnScheduler.Turn turn, long elapsed) {
    long charge = serve(turn, elapsed);
    if (charge > 0) {
      workers.charge(turn.service(), charge);
    }
    if (!turn.isLate()) {
      handed = null;
      list(turn.service());
      handOn();
    }
  }

  /** The loop goes on, though a turn has not ended; those of its service run on workers. */
  void goOnWithout(TurnScheduler.Turn late) {
    handed = null;
    Share share = shares.get(late.service());
    if (share != null) {
      share.turns.forEach(TurnScheduler.Turn::moveToWorkers);
      share.turns.clear();
    }
    list(late.service());
    handOn();
  }

  private void handOn() {
    Share first = waiting.poll();
    if (first == null) {
      return;
    }
    floor = Math.max(floor, first.served);
    TurnScheduler.Turn next = first.turns.remove();
    if (loop.takesTurns()) {
      handed = next;
      loop.execute(next);
      return;
    }
    next.moveToWorkers();
    shares.values().forEach(share -> share.turns.forEach(TurnScheduler.Turn::moveToWorkers));
    shares.clear();
    waiting.clear();
  }

  private boolean isHanded(Share share) {
    return handed != null && handed.service().equals(share.service);
  }

  /** Counts what a turn has had; gives what is to be charged now. */
  private long serve(TurnScheduler.Turn turn, long elapsed) {
    Share share = shares.get(turn.service());
    if (share == null || (share.turns.isEmpty() && !isHanded(share))) {
      return elapsed; // nothing of it waits any more
    }
    if (waiting.remove(share)) { // it is sorted by what changes now
      share.served += elapsed;
      waiting.add(share);
    } else {
      share.served += elapsed;
    }
    share.uncharged += elapsed;
    if (share.uncharged < CHARGE_NANOS && !share.turns.isEmpty()) {
      return 0;
    }
    long charge = share.uncharged;
    share.uncharged = 0;
    return charge;
  }

  /** The service's turn is over: it waits for the next one, or is forgotten. */
  private void list(ServiceId service) {
    Share share = shares.get(service);
    if (share == null) {
      return;
    }
    waiting.remove(share);
    if (share.turns.isEmpty()) {
      shares.remove(service);
    } else {
      waiting.add(share);
    }
  }
}
