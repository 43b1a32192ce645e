package org.cloudramp.sandbox.core.schedule;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.RoomLoop;
import org.jspecify.annotations.Nullable;

/**
 * The turns that wait for one loop. It is handed one at a time: of the service that has had the
 * least time there; one that comes back counts as having had as much as the least of those that
 * wait. Thread-safe; its lock is held for a look only.
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

  // All below is guarded by this.
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

  /** Another turn waits. */
  void add(TurnScheduler.Turn turn) {
    TurnScheduler.Turn next;
    synchronized (this) {
      Share share = shares.get(turn.service());
      if (share == null) {
        share = new Share(turn.service(), made++, floor);
        shares.put(turn.service(), share);
      }
      share.turns.add(turn);
      if (share.turns.size() == 1 && !isHanded(share)) {
        waiting.add(share);
      }
      if (handed != null) {
        return;
      }
      next = poll();
    }
    handOn(next);
  }

  /** A turn has ended, and the loop goes on with the next one, unless it has done so before. */
  void ended(TurnScheduler.Turn turn, long elapsed) {
    TurnScheduler.Turn next = null;
    long charge;
    synchronized (this) {
      charge = serve(turn, elapsed);
      if (!turn.isLate()) {
        handed = null;
        list(turn.service());
        next = poll();
      }
    }
    if (charge > 0) {
      workers.charge(turn.service(), charge);
    }
    handOn(next);
  }

  /** The loop goes on, though a turn has not ended; those of its service run on workers. */
  void goOnWithout(TurnScheduler.Turn late) {
    List<TurnScheduler.Turn> moved = new ArrayList<>();
    TurnScheduler.Turn next;
    synchronized (this) {
      handed = null;
      Share share = shares.get(late.service());
      if (share != null) {
        moved.addAll(share.turns);
        share.turns.clear();
      }
      list(late.service());
      next = poll();
    }
    moved.forEach(TurnScheduler.Turn::moveToWorkers);
    handOn(next);
  }

  /** Without the lock: the loop may run it at once. */
  private void handOn(TurnScheduler.@Nullable Turn next) {
    if (next == null) {
      return;
    }
    if (loop.takesTurns()) {
      loop.execute(next);
      return;
    }
    List<TurnScheduler.Turn> moved = new ArrayList<>(List.of(next));
    synchronized (this) {
      handed = null;
      shares.values().forEach(share -> moved.addAll(share.turns));
      shares.clear();
      waiting.clear();
    }
    moved.forEach(TurnScheduler.Turn::moveToWorkers);
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

  private TurnScheduler.@Nullable Turn poll() {
    Share first = waiting.poll();
    if (first == null) {
      return null;
    }
    floor = Math.max(floor, first.served);
    handed = first.turns.remove();
    return handed;
  }
}
