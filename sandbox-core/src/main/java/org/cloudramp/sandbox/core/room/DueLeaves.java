package org.cloudramp.sandbox.core.room;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.ServiceId;
import org.jspecify.annotations.Nullable;

/**
 * When leaves that are due are tried again. Thread-safe.
 *
 * <p>What keeps a leave from running, a version that rests or a store that is away, keeps all of
 * its service from running. So one room of each service is tried at a time; only when that goes
 * well do the others follow. Between two tries that fail there is a pause, each twice as long as
 * the one before.
 */
final class DueLeaves {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(30);

  /** Makes up what is due in a room. */
  @FunctionalInterface
  interface Attempt {
    /**
     * Tries; does not wait.
     *
     * @param whenTried told, from any thread, whether all that was due has run
     */
    void begin(Room room, Consumer<Boolean> whenTried);
  }

  /** The rooms of one service in which leaves are due. */
  private static final class Debt {
    final Set<Room> rooms = new LinkedHashSet<>();
    Duration pause = FIRST_PAUSE;

    /** The next try, or the last one. */
    @Nullable Future<?> next;

    /** Whether a try is under way. */
    boolean trying;
  }

  private final ScheduledExecutorService timer;
  private final Attempt attempt;

  /** Guarded by this, with all in it. */
  private final Map<ServiceId, Debt> debts = new HashMap<>();

  DueLeaves(ScheduledExecutorService timer, Attempt attempt) {
    this.timer = timer;
    this.attempt = attempt;
  }

  /** A leave has become due in that room. */
  synchronized void owe(Room room) {
    ServiceId service = room.address().service();
    Debt debt = debts.get(service);
    if (debt == null) {
      debt = new Debt();
      debts.put(service, debt);
      tryAfter(debt.pause, service, debt);
    }
    debt.rooms.add(room);
  }

  /** Something has changed for the better: tries again at once. */
  synchronized void tryNow(ServiceId service) {
    Debt debt = debts.get(service);
    if (debt == null) {
      return;
    }
    debt.pause = FIRST_PAUSE;
    if (!debt.trying) {
      tryAfter(Duration.ZERO, service, debt);
    }
  }

  /** The rooms in which leaves are due now. */
  synchronized List<Room> rooms() {
    return debts.values().stream().flatMap(debt -> debt.rooms.stream()).toList();
  }

  private void tryAfter(Duration pause, ServiceId service, Debt debt) {
    if (debt.next != null) {
      debt.next.cancel(false);
    }
    debt.next = timer.schedule(() -> tryFirst(service), pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void tryFirst(ServiceId service) {
    Room room;
    synchronized (this) {
      Debt debt = debts.get(service);
      if (debt == null || debt.trying) {
        return;
      }
      debt.trying = true;
      room = debt.rooms.iterator().next();
    }
    attempt.begin(room, wentWell -> tried(room, wentWell));
  }

  private synchronized void tried(Room room, boolean wentWell) {
    ServiceId service = room.address().service();
    Debt debt = debts.get(service);
    if (debt == null) {
      return;
    }
    debt.trying = false;
    debt.rooms.remove(room);
    if (room.dueLeaves() > 0) {
      debt.rooms.add(room); // behind the others: its trouble may be its own
    }
    if (debt.rooms.isEmpty()) {
      debts.remove(service);
    } else if (wentWell) {
      debt.pause = FIRST_PAUSE;
      tryAfter(Duration.ZERO, service, debt);
    } else {
      Duration twice = debt.pause.multipliedBy(2);
      debt.pause = twice.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : twice;
      tryAfter(debt.pause, service, debt);
    }
  }
}
