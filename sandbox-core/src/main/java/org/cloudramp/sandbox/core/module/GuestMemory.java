package org.cloudramp.sandbox.core.module;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.cloudramp.sandbox.api.error.GuestException;

/**
 * The memory that all guests of this process may have together. Thread-safe.
 *
 * <p>It is accounted before it is allocated: an instance that runs counts with all it could grow
 * to, one that is idle with what it has. When a run needs room, the idle instance that was used
 * longest ago goes first; when there is none left, the run is refused.
 */
public final class GuestMemory {
  private final long budget;
  private final Set<IdleInstance> idle = new LinkedHashSet<>();
  private long used;

  /** Allows {@code budget} bytes. */
  public GuestMemory(long budget) {
    this.budget = budget;
  }

  /** How many bytes are accounted for. */
  public synchronized long used() {
    return used;
  }

  /**
   * Accounts for an instance that is going to be made.
   *
   * @throws GuestException of kind memory if it does not fit beside those that run
   */
  void reserve(long bytes) {
    List<IdleInstance> evicted;
    boolean fits;
    synchronized (this) {
      evicted = makeRoom(bytes);
      fits = used + bytes <= budget;
      if (fits) {
        used += bytes;
      }
    }
    evicted.forEach(IdleInstance::evict);
    if (!fits) {
      throw tooMuch(bytes);
    }
  }

  /** An instance that ran is closed. */
  synchronized void release(long bytes) {
    used -= bytes;
  }

  /** An instance that ran, for which {@code reserved} bytes were accounted, is idle from now on. */
  synchronized void park(IdleInstance instance, long reserved) {
    used += instance.bytes() - reserved;
    idle.add(instance);
  }

  /**
   * An idle instance is going to run, and may grow to {@code reserved} bytes.
   *
   * @return false if it has been evicted in the meantime
   * @throws GuestException of kind memory if it does not fit beside those that run; it is then
   *     closed
   */
  boolean resume(IdleInstance instance, long reserved) {
    List<IdleInstance> evicted;
    boolean fits;
    synchronized (this) {
      if (!idle.remove(instance)) {
        return false;
      }
      used -= instance.bytes();
      evicted = makeRoom(reserved);
      fits = used + reserved <= budget;
      if (fits) {
        used += reserved;
      }
    }
    evicted.forEach(IdleInstance::evict);
    if (!fits) {
      instance.evict();
      throw tooMuch(reserved);
    }
    return true;
  }

  /**
   * An idle instance is to be closed.
   *
   * @return false if it has been evicted in the meantime
   */
  synchronized boolean remove(IdleInstance instance) {
    boolean present = idle.remove(instance);
    if (present) {
      used -= instance.bytes();
    }
    return present;
  }

  private List<IdleInstance> makeRoom(long bytes) {
    List<IdleInstance> evicted = new ArrayList<>(0);
    Iterator<IdleInstance> oldestFirst = idle.iterator();
    while (used + bytes > budget && oldestFirst.hasNext()) {
      IdleInstance oldest = oldestFirst.next();
      oldestFirst.remove();
      used -= oldest.bytes();
      evicted.add(oldest);
    }
    return evicted;
  }

  private GuestException tooMuch(long bytes) {
    return new GuestException(
        GuestException.Kind.MEMORY,
        "%d bytes do not fit beside the guests that run now; all together may have %d (guestMemory)"
            .formatted(bytes, budget));
  }
}
