package org.cloudramp.sandbox.server.rooms;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.observe.OncePerMinute;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all connections together have in the queues of rooms, in bytes. A message that finds no
 * place waits until there is one, and its connection is not read from meanwhile. Thread-safe; no
 * lock is held while anybody is told.
 *
 * <ol>
 *   <li>A service has as much as is free besides: see {@link SharedBudget}. So those wait that have
 *       most, and others do not notice.
 *   <li>Messages of one service get their places in the order in which they came.
 *   <li>When places become free, the service that has least is first.
 * </ol>
 */
final class QueuedMessages {
  private static final Logger log = LoggerFactory.getLogger(QueuedMessages.class);

  /** What a message takes besides its content: the call, its task, and who is told of it. */
  static final int OVERHEAD = 512;

  private final SharedBudget<ServiceId> budget;
  private final OncePerMinute pauses = new OncePerMinute(log, System::nanoTime);

  // Guarded by this.
  private final Map<ServiceId, Set<Place>> waiting = new LinkedHashMap<>();

  /** Those that have a place now and have not been told; whoever adds the first one tells all. */
  private final Queue<Place> toTell = new ConcurrentLinkedQueue<>();

  private final AtomicInteger untold = new AtomicInteger();

  QueuedMessages(long maxBytes) {
    this.budget = new SharedBudget<>(maxBytes);
  }

  private enum State {
    NEW,
    WAITS,
    HELD,
    OVER
  }

  /** The place of one message. */
  final class Place {
    private final ServiceId service;
    private final long bytes;

    // Guarded by the messages.
    private State state = State.NEW;

    /** It holds the message, so it must not outlive the wait. */
    private @Nullable Runnable whenHeld;

    private Place(ServiceId service, long bytes, Runnable whenHeld) {
      this.service = service;
      this.bytes = bytes;
      this.whenHeld = whenHeld;
    }

    /** Takes the place if it is free and nobody of the same service waits. */
    boolean tryTake() {
      return QueuedMessages.this.tryTake(this);
    }

    /**
     * Waits for the place; the message is told when it has it, which may be now.
     *
     * @return false if it was withdrawn before
     */
    boolean await() {
      return QueuedMessages.this.await(this);
    }

    /** Whether it is had now. */
    boolean isHeld() {
      return QueuedMessages.this.isHeld(this);
    }

    /** Gives the place up if it has not been had yet; says whether that was so. */
    boolean withdraw() {
      return QueuedMessages.this.withdraw(this);
    }

    /** Does not need the place any more, had or not. Idempotent. */
    void giveBack() {
      QueuedMessages.this.giveBack(this);
    }
  }

  /**
   * A place to ask for.
   *
   * @param size of the message
   * @param whenHeld run once if the message had to wait and has its place; by any thread, so it
   *     must be quick
   */
  Place place(ServiceId service, int size, Runnable whenHeld) {
    return new Place(service, (long) size + OVERHEAD, whenHeld);
  }

  private synchronized boolean tryTake(Place place) {
    boolean taken =
        place.state == State.NEW
            && !waiting.containsKey(place.service)
            && budget.tryTake(place.service, place.bytes);
    if (taken) {
      place.state = State.HELD;
      place.whenHeld = null;
    }
    return taken;
  }

  private boolean await(Place place) {
    long held;
    synchronized (this) {
      if (place.state != State.NEW) {
        return false;
      }
      place.state = State.WAITS;
      waiting.computeIfAbsent(place.service, id -> new LinkedHashSet<>()).add(place);
      held = budget.heldBy(place.service);
      admit();
    }
    pauses.warn(
        "service '{}' has {} KiB of messages in its rooms, as much as there is place for: who sends more of them has to wait (sandbox.server.queuedBytes)",
        place.service,
        held >> 10);
    tell();
    return true;
  }

  private synchronized boolean isHeld(Place place) {
    return place.state == State.HELD;
  }

  private synchronized boolean withdraw(Place place) {
    if (place.state != State.NEW && place.state != State.WAITS) {
      return false;
    }
    removeWaiting(place);
    end(place);
    return true;
  }

  private void giveBack(Place place) {
    synchronized (this) {
      if (place.state == State.HELD) {
        budget.giveBack(place.service, place.bytes);
      }
      removeWaiting(place);
      end(place);
      admit();
    }
    tell();
  }

  private static void end(Place place) {
    place.state = State.OVER;
    place.whenHeld = null;
  }

  private void removeWaiting(Place place) {
    Set<Place> ofService = waiting.get(place.service);
    if (ofService != null && ofService.remove(place) && ofService.isEmpty()) {
      waiting.remove(place.service);
    }
  }

  /** Gives places to those who wait, as long as there are some. */
  private void admit() {
    Place next = next();
    while (next != null && budget.tryTake(next.service, next.bytes)) {
      removeWaiting(next);
      next.state = State.HELD;
      toTell.add(next);
      next = next();
    }
  }

  private @Nullable Place next() {
    Place next = null;
    long least = Long.MAX_VALUE;
    for (Map.Entry<ServiceId, Set<Place>> entry : waiting.entrySet()) {
      long held = budget.heldBy(entry.getKey());
      if (held < least) {
        least = held;
        next = entry.getValue().iterator().next();
      }
    }
    return next;
  }

  /** Tells one after the other: what is told may give a place back, and so admit others. */
  private void tell() {
    if (toTell.isEmpty() || untold.getAndIncrement() > 0) {
      return;
    }
    int seen = 1;
    do {
      for (Place place = toTell.poll(); place != null; place = toTell.poll()) {
        tellOf(place);
      }
      seen = untold.addAndGet(-seen);
    } while (seen > 0);
  }

  private void tellOf(Place place) {
    Runnable whenHeld;
    synchronized (this) {
      whenHeld = place.whenHeld;
      place.whenHeld = null;
    }
    try {
      if (whenHeld != null) { // it may have been given back meanwhile
        whenHeld.run();
      }
    } catch (Throwable e) { // of one message: the others are told all the same
      log.error("a message could not be told that it has a place", e);
      place.giveBack();
    }
  }

  /** Bytes of all that have a place. */
  long bytes() {
    return budget.used();
  }

  /** Bytes that there are places for. */
  long maxBytes() {
    return budget.max();
  }
}
