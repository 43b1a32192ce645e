package org.cloudramp.sandbox.core.module;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of what the modules and guests of this process hold: images, compiled code, memories,
 * tables, globals. Thread-safe.
 *
 * <ol>
 *   <li>Everything is entered before it is allocated, and taken out when it goes. An instance that
 *       runs counts with all it could grow to, one that is idle with what it has.
 *   <li>When a service needs more than is left, what only watches guests goes first. Then goes what
 *       is idle, instances as well as the code of versions without a slot: of the service that
 *       holds most, what was used longest ago. Then modules that nobody uses give up their slots.
 *   <li>When nothing is left that could go, it is refused, and whoever holds something keeps it.
 * </ol>
 */
public final class GuestMemory {
  private final long budget;
  private final BooleanSupplier spare;
  private final BooleanSupplier reclaim;

  // Guarded by this.
  private final Map<ServiceId, Share> shares = new HashMap<>();
  private long used;

  /** What one service holds. */
  private static final class Share {
    long used;
    final LinkedHashSet<Evictable> idle = new LinkedHashSet<>();
  }

  /**
   * Nothing is held yet.
   *
   * @param budget bytes of all together
   * @param spare lets go of some of what was entered by {@link #enterIfFree}; false if there is
   *     nothing. Called without a lock
   * @param reclaim closes one module that nobody uses; false if there is none. Called without a
   *     lock
   */
  public GuestMemory(long budget, BooleanSupplier spare, BooleanSupplier reclaim) {
    this.budget = budget;
    this.spare = spare;
    this.reclaim = reclaim;
  }

  /** How many bytes may be entered. */
  public long budget() {
    return budget;
  }

  /** How many bytes are entered. */
  public synchronized long used() {
    return used;
  }

  /** How many bytes are entered for a service. */
  public synchronized long used(ServiceId service) {
    Share share = shares.get(service);
    return share == null ? 0 : share.used;
  }

  /**
   * Enters what is going to be allocated.
   *
   * @throws GuestException of kind memory if it does not fit
   */
  void reserve(ServiceId service, long bytes) {
    while (!isFree(bytes) && spare.getAsBoolean()) {
      // Until it fits, or all of that has gone: no room loses its memory for it.
    }
    while (!tryReserve(service, bytes)) {
      if (!reclaim.getAsBoolean()) {
        throw tooMuch(service, bytes);
      }
    }
  }

  private synchronized boolean isFree(long bytes) {
    return used + bytes <= budget;
  }

  /**
   * Enters what is no guest's, if that needs nothing to go.
   *
   * @return whether it is entered; {@link #leave} takes it out
   */
  public synchronized boolean enterIfFree(ServiceId service, long bytes) {
    boolean fits = used + bytes <= budget;
    if (fits) {
      enter(service, bytes);
    }
    return fits;
  }

  /** Takes out what {@link #enterIfFree} has entered. */
  public void leave(ServiceId service, long bytes) {
    release(service, bytes);
  }

  private boolean tryReserve(ServiceId service, long bytes) {
    List<Evictable> evicted;
    boolean fits;
    synchronized (this) {
      evicted = makeRoom(bytes);
      fits = used + bytes <= budget;
      if (fits) {
        enter(service, bytes);
      }
    }
    evicted.forEach(Evictable::evict);
    return fits;
  }

  /** Takes out what is no longer held. */
  synchronized void release(ServiceId service, long bytes) {
    enter(service, -bytes);
  }

  /** Something that was used, for which {@code reserved} bytes are entered, is idle from now on. */
  synchronized void park(ServiceId service, Evictable item, long reserved) {
    enter(service, item.bytes() - reserved);
    shares.computeIfAbsent(service, id -> new Share()).idle.add(item);
  }

  /**
   * Something idle is going to be used; what is entered for it stays.
   *
   * @return false if it has been evicted in the meantime
   */
  synchronized boolean claim(ServiceId service, Evictable item) {
    Share share = shares.get(service);
    return share != null && share.idle.remove(item);
  }

  /**
   * An idle instance is going to run, and may grow to {@code reserved} bytes.
   *
   * @return false if it has been evicted in the meantime
   * @throws GuestException of kind memory if it does not fit beside those that run; it is then
   *     closed
   */
  boolean resume(ServiceId service, IdleInstance instance, long reserved) {
    synchronized (this) {
      if (!remove(service, instance)) {
        return false;
      }
      if (used + reserved <= budget) { // as nearly always: nothing has to go for it
        enter(service, reserved);
        return true;
      }
    }
    try {
      reserve(service, reserved);
      return true;
    } catch (GuestException e) {
      instance.evict();
      throw e;
    }
  }

  /**
   * An idle instance is to be closed, or to run.
   *
   * @return false if it has been evicted in the meantime
   */
  synchronized boolean remove(ServiceId service, IdleInstance instance) {
    boolean isIdle = claim(service, instance);
    if (isIdle) {
      enter(service, -instance.bytes());
    }
    return isIdle;
  }

  private void enter(ServiceId service, long bytes) {
    used += bytes;
    Share share = shares.computeIfAbsent(service, id -> new Share());
    share.used += bytes;
    if (share.used == 0 && share.idle.isEmpty()) {
      shares.remove(service);
    }
  }

  private List<Evictable> makeRoom(long bytes) {
    List<Evictable> evicted = new ArrayList<>(0);
    while (used + bytes > budget) {
      Map.Entry<ServiceId, Share> most = holdsMost();
      if (most == null) {
        return evicted;
      }
      Iterator<Evictable> oldestFirst = most.getValue().idle.iterator();
      Evictable oldest = oldestFirst.next();
      oldestFirst.remove();
      enter(most.getKey(), -oldest.bytes());
      evicted.add(oldest);
    }
    return evicted;
  }

  /** The service that holds most, of those that have something idle. */
  private Map.@Nullable Entry<ServiceId, Share> holdsMost() {
    Map.Entry<ServiceId, Share> most = null;
    for (Map.Entry<ServiceId, Share> entry : shares.entrySet()) {
      if (!entry.getValue().idle.isEmpty()
          && (most == null || entry.getValue().used > most.getValue().used)) {
        most = entry;
      }
    }
    return most;
  }

  private GuestException tooMuch(ServiceId service, long bytes) {
    return new GuestException(
        GuestException.Kind.MEMORY,
        "%d bytes of service '%s' do not fit beside the guests that run now; all together may have %d (guestMemory)"
            .formatted(bytes, service, budget));
  }
}
