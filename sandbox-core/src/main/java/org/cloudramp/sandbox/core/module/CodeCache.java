package org.cloudramp.sandbox.core.module;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.abi.GuestProgram;
import org.cloudramp.sandbox.core.function.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the compiled code of versions that have no slot, so that a service that comes back is not
 * compiled again, and its code is as warm as it was. Thread-safe.
 *
 * <ol>
 *   <li>All code is in the ledger, in use or not, and counts for its service.
 *   <li>Code is closed when nobody uses it and it is not kept, never before. Whoever asks for a
 *       version while another uses it gets the same code.
 *   <li>Of one service, one version is kept: the one that was used last. None is kept that takes
 *       more than an eighth of the cache, and none that is superseded or deleted.
 *   <li>When there is too much, what was used longest ago goes. When the ledger is short, code goes
 *       with the idle instances.
 * </ol>
 *
 * No lock is held while code is compiled or closed.
 */
public final class CodeCache {
  /** What one service may have, as a part of the whole. */
  private static final int SERVICES_SHARE = 8;

  /**
   * What the cache holds and has done since the start.
   *
   * @param versions that are kept and have no slot
   * @param bytes that these take
   * @param maxBytes that these may take
   * @param hits how often a version was loaded without a compile
   * @param misses how often one was not there
   * @param evictions how often one made room, for another or for guests
   */
  public record Statistics(
      int versions, long bytes, long maxBytes, long hits, long misses, long evictions) {}

  private final GuestMemory memory;
  private final long maxBytes;

  private final Object lock = new Object();

  // Guarded by the lock.
  private final Map<ModuleVersion, CompiledVersion> inUse = new HashMap<>();

  /** The one that was used longest ago first. */
  private final LinkedHashMap<ServiceId, CompiledVersion> idle = new LinkedHashMap<>();

  private long idleBytes;
  private long hits;
  private long misses;
  private long evictions;
  private boolean closed;

  /**
   * An empty cache.
   *
   * @param memory where all code is entered
   * @param maxBytes what the code may take that is not in use; 0 to keep none
   */
  public CodeCache(GuestMemory memory, long maxBytes) {
    this.memory = memory;
    this.maxBytes = maxBytes;
  }

  /** What it holds and has done. */
  public Statistics statistics() {
    synchronized (lock) {
      return new Statistics(idle.size(), idleBytes, maxBytes, hits, misses, evictions);
    }
  }

  /** The code of a version, if it is here. Release it. */
  @Nullable CompiledVersion acquire(ModuleVersion version) {
    synchronized (lock) {
      CompiledVersion code = inUse.get(version);
      if (code == null) {
        code = takeIdle(version);
      }
      if (code == null) {
        misses++;
        return null;
      }
      hits++;
      code.users++;
      code.isWanted = true;
      return code;
    }
  }

  /** As {@link #acquire}, if to make a module of it takes no time; otherwise nothing is counted. */
  @Nullable CompiledVersion acquireIfAtOnce(ModuleVersion version) {
    synchronized (lock) {
      CompiledVersion code = inUse.getOrDefault(version, idle.get(version.service()));
      return code != null && code.version().equals(version) && code.isInitializedAtOnce()
          ? acquire(version)
          : null;
    }
  }

  private @Nullable CompiledVersion takeIdle(ModuleVersion version) {
    CompiledVersion code = idle.get(version.service());
    if (code == null || !code.version().equals(version) || !unpark(code)) {
      return null;
    }
    inUse.put(version, code);
    return code;
  }

  /**
   * Takes over code that was just compiled. Release it.
   *
   * @throws org.cloudramp.sandbox.api.error.GuestException of kind memory if it does not fit; then
   *     it is the caller's
   */
  CompiledVersion add(
      ModuleVersion version,
      GuestProgram program,
      List<Endpoint> endpoints,
      CompiledVersion.Footprint footprint) {
    memory.reserve(version.service(), footprint.codeBytes());
    CompiledVersion code =
        new CompiledVersion(version, program, endpoints, footprint, this::evicted);
    synchronized (lock) {
      code.users = 1;
      // Two may have compiled it at the same time: one of them is enough.
      code.isWanted = inUse.putIfAbsent(version, code) == null;
    }
    return code;
  }

  /** Gives back what was acquired or added. */
  void release(CompiledVersion code) {
    List<CompiledVersion> gone = new ArrayList<>(0);
    synchronized (lock) {
      code.users--;
      if (code.users > 0) {
        return;
      }
      inUse.remove(code.version(), code);
      if (isToBeKept(code)) {
        park(code, gone);
      } else {
        gone.add(code);
      }
    }
    gone.forEach(this::dispose);
  }

  /** As {@link #release}; and it is not worth to be kept. */
  void discard(CompiledVersion code) {
    synchronized (lock) {
      code.isWanted = false;
    }
    release(code);
  }

  /** Drops every other version of a service: this one is live now. */
  public void supersede(ModuleVersion live) {
    drop(live.service(), version -> !version.equals(live));
  }

  /** Drops what there is of a service that is no more. */
  public void drop(ServiceId service) {
    drop(service, version -> true);
  }

  private void drop(ServiceId service, Predicate<ModuleVersion> isUnwanted) {
    CompiledVersion gone;
    synchronized (lock) {
      for (CompiledVersion code : inUse.values()) {
        if (code.version().service().equals(service) && isUnwanted.test(code.version())) {
          code.isWanted = false; // it goes with its last user
        }
      }
      CompiledVersion kept = idle.get(service);
      gone = kept != null && isUnwanted.test(kept.version()) && unpark(kept) ? kept : null;
    }
    if (gone != null) {
      dispose(gone);
    }
  }

  /** Keeps nothing from now on. Code in use goes with its last user. Idempotent. */
  public void close() {
    List<CompiledVersion> gone = new ArrayList<>();
    synchronized (lock) {
      closed = true;
      for (CompiledVersion code : List.copyOf(idle.values())) {
        if (unpark(code)) {
          gone.add(code);
        }
      }
    }
    gone.forEach(this::dispose);
  }

  private boolean isToBeKept(CompiledVersion code) {
    return !closed && code.isWanted && code.bytes() <= maxBytes / SERVICES_SHARE;
  }

  /** With the lock held. */
  private void park(CompiledVersion code, List<CompiledVersion> gone) {
    CompiledVersion before = idle.get(code.version().service());
    if (before != null && unpark(before)) {
      gone.add(before);
    }
    idle.put(code.version().service(), code);
    idleBytes += code.bytes();
    memory.park(code.version().service(), code, code.bytes());
    while (idleBytes > maxBytes) {
      CompiledVersion oldest = idle.values().iterator().next();
      if (unpark(oldest)) {
        evictions++;
        gone.add(oldest);
      }
    }
  }

  /**
   * Takes it out of what is idle. With the lock held.
   *
   * @return false if the ledger has evicted it, and says so in a moment
   */
  private boolean unpark(CompiledVersion code) {
    idle.remove(code.version().service());
    idleBytes -= code.bytes();
    return memory.claim(code.version().service(), code);
  }

  /** The ledger has taken it out, because memory is short. */
  private void evicted(CompiledVersion code) {
    synchronized (lock) {
      evictions++;
      if (idle.remove(code.version().service(), code)) {
        idleBytes -= code.bytes();
      }
    }
    code.program().close();
  }

  private void dispose(CompiledVersion code) {
    code.program().close();
    memory.release(code.version().service(), code.bytes());
  }
}
