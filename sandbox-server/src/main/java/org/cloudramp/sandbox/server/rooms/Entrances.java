package org.cloudramp.sandbox.server.rooms;

import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.turns.Lines;
import org.jspecify.annotations.Nullable;

/**
 * Lets connections in, a few at a time, and services in turns: whoever wants to join a room does
 * not wait behind the thousands who want to join those of another service. Thread-safe.
 *
 * <p>Anybody can ask for rooms of services that do not exist, by as many names as they like. So
 * services that this server has not seen have one turn together.
 *
 * <p>Who waits has a connection that is open and counted, so how many wait is bounded by how many
 * connections there may be.
 */
final class Entrances {
  /** Enough to keep every thread busy that takes part in letting somebody in. */
  static final int AT_ONCE = 32;

  private final Predicate<ServiceId> isSeen;

  // Guarded by this.
  private final Lines<Optional<ServiceId>, Waiting> waiting = new Lines<>();
  private int entering;

  /**
   * Nobody enters yet.
   *
   * @param isSeen whether a service is known to exist; quick
   */
  Entrances(Predicate<ServiceId> isSeen) {
    this.isSeen = isSeen;
  }

  /** Somebody who wants to be let in. */
  @FunctionalInterface
  interface Entrant {
    /**
     * Begins to let them in; does not wait and does not throw.
     *
     * @param whenIn to be run when they are in or cannot be; by any thread, once or more often
     */
    void begin(Runnable whenIn);
  }

  private record Waiting(Entrant entrant, Executor executor) {
    void begin(Runnable whenIn) {
      executor.execute(() -> entrant.begin(whenIn));
    }
  }

  /**
   * Lets somebody in: at once and on this thread, if there is room for them, and otherwise in turn.
   *
   * @param service whose room they ask for; empty if they ask for none
   * @param executor what begins those in whose turn it is later
   */
  void enter(Optional<ServiceId> service, Entrant entrant, Executor executor) {
    Optional<ServiceId> line = service.filter(isSeen);
    synchronized (this) {
      if (entering >= AT_ONCE) {
        waiting.add(line, new Waiting(entrant, executor));
        return;
      }
      entering++;
    }
    entrant.begin(whenIn());
  }

  private Runnable whenIn() {
    AtomicBoolean isIn = new AtomicBoolean();
    return () -> {
      if (isIn.compareAndSet(false, true)) {
        next();
      }
    };
  }

  private void next() {
    Waiting next = takeNext();
    while (next != null) {
      try {
        next.begin(whenIn());
        return;
      } catch (RuntimeException e) { // the server ends, and nobody is let in any more
        next = takeNext();
      }
    }
  }

  /** Who is next. If nobody waits, one fewer enters. */
  private synchronized @Nullable Waiting takeNext() {
    Waiting next = waiting.poll();
    if (next == null) {
      entering--;
    }
    return next;
  }

  /** How many wait to be let in. */
  synchronized int waiting() {
    return waiting.size();
  }
}
