package org.cloudramp.sandbox.core.table;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.core.SandboxObserver.Eviction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table of a fixed number of slots, kept by last-request time. Thread-safe.
 *
 * <ol>
 *   <li>Modules loaded, loading, or evicted but still leased, are never more than there are slots.
 *   <li>The one evicted for another is always the one whose last request is longest ago, leased or
 *       not.
 *   <li>While a quarter of the slots are being loaded, or wait for the leases of evicted ones, what
 *       was asked for within the last second stays, unless somebody has waited for a slot that
 *       long. Hooks that wait for their turn have leases: if more services are slow than there are
 *       slots, one that is asked for again and again would be evicted each time, and wait behind
 *       all of them.
 *   <li>A module is closed when it is evicted and its last lease is back, never before.
 *   <li>Requests for a version that is being loaded share that one load.
 *   <li>A failed load frees its slot and is told to everybody who waited for it; the next request
 *       tries again.
 * </ol>
 *
 * A hit takes no lock. The lock of a miss is never held while a module is loaded or closed.
 *
 * @param <M> what a slot holds
 */
public final class ModuleTable<M extends AutoCloseable> implements AutoCloseable {
  /** Loads what a slot is to hold. */
  @FunctionalInterface
  public interface Loader<M> {
    /** Runs on the loading executor and may take its time. */
    M load(ModuleVersion version);

    /**
     * Runs where the module is needed, which may be a loop.
     *
     * @return null if that would take time that others notice
     */
    default @Nullable M loadAtOnce(ModuleVersion version) {
      return null;
    }

    /** Whether to close it takes no time that others notice. */
    default boolean isClosedAtOnce(M module) {
      return true;
    }
  }

  /** Where modules are loaded and closed. */
  @FunctionalInterface
  public interface Loading {
    /** Runs it soon, on another thread, in a fair turn of the service. */
    void execute(ServiceId service, Runnable task);
  }

  /** One load and those who wait for it. Guarded by the table's lock. */
  private final class Load {
    final ModuleVersion version;
    final List<CompletableFuture<Lease<M>>> waiters = new ArrayList<>();
    final long firstRequest;
    long lastRequest;

    Load(ModuleVersion version, long firstRequest) {
      this.version = version;
      this.firstRequest = firstRequest;
      this.lastRequest = firstRequest;
    }
  }

  private static final Logger log = LoggerFactory.getLogger(ModuleTable.class);

  /** A hook waits for its turn for so long at most, as a rule. */
  private static final long RECENT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final int slots;
  private final Loader<M> loader;
  private final Loading loading;
  private final LongSupplier ticker;
  private final TableListener listener;

  /** Hits read it without the lock; all changes are made with the lock held. */
  private final ConcurrentHashMap<ModuleVersion, Slot<M>> loaded = new ConcurrentHashMap<>();

  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  private final Object lock = new Object();
  private final Map<ModuleVersion, Load> loads = new HashMap<>();
  private final ArrayDeque<Load> waitingForSlot = new ArrayDeque<>();

  /** Slots that hold a module, are promised to a load, or wait for the leases of an evicted one. */
  private int occupied;

  private int draining;

  /** Whether those who wait are looked at again without anything having happened. */
  private boolean looksAgain;

  private boolean closed;

  /**
   * An empty table.
   *
   * @param slots how many modules it may hold, at least 1
   * @param loading where modules are loaded and evicted ones closed
   * @param ticker the time of a request in nanoseconds, as {@link System#nanoTime}; must not go
   *     back
   */
  public ModuleTable(
      int slots, Loader<M> loader, Executor loading, LongSupplier ticker, TableListener listener) {
    this(slots, loader, (service, task) -> loading.execute(task), ticker, listener);
  }

  /** As above, with an executor that knows whose module it is. */
  public ModuleTable(
      int slots, Loader<M> loader, Loading loading, LongSupplier ticker, TableListener listener) {
    if (slots < 1) {
      throw new IllegalArgumentException("a module table needs at least one slot: " + slots);
    }
    this.slots = slots;
    this.loader = loader;
    this.loading = loading;
    this.ticker = ticker;
    this.listener = listener;
  }

  /** A lease, if the version is in a slot now; otherwise null, and {@link #load} gets it there. */
  public @Nullable Lease<M> acquire(ModuleVersion version) {
    return acquire(version, ticker.getAsLong());
  }

  /**
   * As above, for who knows the time.
   *
   * @param now by the table's ticker: now or a moment ago
   */
  public @Nullable Lease<M> acquire(ModuleVersion version, long now) {
    Slot<M> slot = loaded.get(version);
    if (slot == null) {
      return null;
    }
    // The time first: whoever looks for a victim after this sees that this one is in use.
    slot.requested(now);
    if (!slot.pin()) {
      return null;
    }
    hits.increment();
    return new Lease<>(slot);
  }

  /**
   * A lease, if the version is in a slot, or can be brought there now, on the calling thread, with
   * nobody waiting for it: the loader has it at hand, and there is a free slot, or the module that
   * is to go has no lease and is closed at once. Otherwise null, and {@link #load} gets it there.
   *
   * <p>A hook that has its turn and loads so does not leave it, and does not keep a slot from
   * others while it waits for the next one.
   *
   * @throws RuntimeException what the loader threw
   */
  public @Nullable Lease<M> acquireOrLoadAtOnce(ModuleVersion version) {
    Load load;
    Slot<M> victim = null;
    synchronized (lock) {
      Lease<M> present = acquire(version);
      if (present != null) {
        return present;
      }
      if (closed || loads.containsKey(version) || !waitingForSlot.isEmpty()) {
        return null;
      }
      if (occupied < slots) {
        occupied++;
      } else {
        victim = takeSlotAtOnce();
        if (victim == null) {
          return null;
        }
      }
      load = new Load(version, ticker.getAsLong());
      loads.put(version, load);
    }
    if (victim != null) {
      close(victim.version(), victim.module());
    }
    return loadAtOnce(load);
  }

  private @Nullable Lease<M> loadAtOnce(Load load) {
    long start = System.nanoTime();
    M module;
    try {
      module = loader.loadAtOnce(load.version);
    } catch (Throwable e) {
      misses.increment();
      failed(load, start, e);
      throw e;
    }
    if (module == null) {
      queue(load);
      return null;
    }
    misses.increment();
    return new Lease<>(loaded(load, start, module, 1));
  }

  /** It is loaded as any other, for those who have asked for it meanwhile and those to come. */
  private void queue(Load load) {
    synchronized (lock) {
      occupied--;
      if (!closed) {
        waitingForSlot.add(load);
        admit();
        return;
      }
      loads.remove(load.version);
    }
    fail(load.waiters, closed(load.version));
  }

  /** The slot of the one that is to go, if it is free with that. With the lock held. */
  private @Nullable Slot<M> takeSlotAtOnce() {
    Oldest<M> oldest = leastRecentlyRequested();
    if (oldest == null || staysWhileOthersAreOnTheirWay(oldest.lastRequest())) {
      return null;
    }
    Slot<M> slot = oldest.slot();
    if (!loader.isClosedAtOnce(slot.module()) || !slot.retireIfUnused()) {
      return null;
    }
    loaded.remove(slot.version());
    listener.evicted(view(slot, oldest.lastRequest()), Eviction.SLOT);
    return slot;
  }

  /**
   * A lease, as soon as the version is in a slot. Completes on a thread of the loading executor, or
   * at once; exceptionally with what the loader threw.
   */
  public CompletableFuture<Lease<M>> load(ModuleVersion version) {
    CompletableFuture<Lease<M>> waiter = new CompletableFuture<>();
    synchronized (lock) {
      if (closed) {
        return CompletableFuture.failedFuture(closed(version));
      }
      Lease<M> lease = acquire(version);
      if (lease != null) {
        return CompletableFuture.completedFuture(lease);
      }
      misses.increment();
      long now = ticker.getAsLong();
      Load load = loads.get(version);
      if (load == null) {
        load = new Load(version, now);
        loads.put(version, load);
        waitingForSlot.add(load);
      }
      load.lastRequest = now;
      load.waiters.add(waiter);
      admit();
    }
    return waiter;
  }

  /** How many slots there are. */
  public int capacity() {
    return slots;
  }

  /**
   * How many slots hold a module, are promised to one, or wait for the leases of an evicted one.
   */
  public int occupied() {
    synchronized (lock) {
      return occupied;
    }
  }

  /** How often a version was asked for that was in a slot, since the start. */
  public long hits() {
    return hits.sum();
  }

  /** How often one was asked for that was not, since the start. */
  public long misses() {
    return misses.sum();
  }

  /** The modules in slots now, the last requested first. */
  public List<SlotView> slots() {
    synchronized (lock) {
      return loaded.values().stream()
          .map(slot -> view(slot, slot.lastRequest()))
          .sorted(Comparator.comparingLong(SlotView::lastRequest).reversed())
          .toList();
    }
  }

  /** Tells something to every loaded module, which may be evicted meanwhile. */
  public void forEach(Consumer<M> action) {
    loaded.values().forEach(slot -> action.accept(slot.module()));
  }

  /**
   * Evicts one version, whatever its last request.
   *
   * @return whether it was in a slot
   */
  public boolean evict(ModuleVersion version) {
    synchronized (lock) {
      Slot<M> slot = loaded.get(version);
      if (slot == null) {
        return false;
      }
      evict(slot, slot.lastRequest(), Eviction.OPERATOR);
      return true;
    }
  }

  /**
   * Evicts every other version of a service: this one is live now, and nobody asks for those. Their
   * hooks that run end as usual.
   */
  public void supersede(ModuleVersion live) {
    evictIf(
        version -> version.service().equals(live.service()) && !version.equals(live),
        Eviction.SUPERSEDED);
  }

  /** Evicts every version of a service that is no more. Their hooks that run end as usual. */
  public void evictAll(ServiceId service) {
    evictIf(version -> version.service().equals(service), Eviction.DELETED);
  }

  private void evictIf(Predicate<ModuleVersion> unwanted, Eviction why) {
    synchronized (lock) {
      for (Slot<M> slot : List.copyOf(loaded.values())) {
        if (unwanted.test(slot.version())) {
          evict(slot, slot.lastRequest(), why);
        }
      }
    }
  }

  /**
   * Evicts the module whose last request is the longest ago among those without a lease, and closes
   * it before this returns. For those who need the memory that it takes.
   *
   * @return false if all have leases
   */
  public boolean reclaim() {
    Slot<M> victim = null;
    synchronized (lock) {
      for (Slot<M> slot : loaded.values()) {
        if (slot.leases() == 0
            && (victim == null || slot.lastRequest() - victim.lastRequest() < 0)) {
          victim = slot;
        }
      }
      if (victim == null || !victim.retireIfUnused()) {
        return false;
      }
      loaded.remove(victim.version());
      draining++;
      listener.evicted(view(victim, victim.lastRequest()), Eviction.MEMORY);
    }
    dispose(victim);
    return true;
  }

  /** Lets go of everything. Leases that are out stay good. Idempotent. */
  @Override
  public void close() {
    List<Load> abandoned;
    synchronized (lock) {
      closed = true;
      abandoned = new ArrayList<>(waitingForSlot);
      waitingForSlot.clear();
      abandoned.forEach(load -> loads.remove(load.version));
      for (Slot<M> slot : List.copyOf(loaded.values())) {
        letGo(slot);
      }
    }
    for (Load load : abandoned) {
      fail(load.waiters, closed(load.version));
    }
  }

  private static RefusedException closed(ModuleVersion version) {
    return new RefusedException(
        RefusedException.Kind.CLOSED, "the sandbox is closed; " + version + " is not loaded");
  }

  /** Gives free slots to waiting loads, and evicts for those that find none. With the lock held. */
  private void admit() {
    while (!waitingForSlot.isEmpty() && occupied < slots) {
      Load load = waitingForSlot.remove();
      occupied++;
      loading.execute(load.version.service(), () -> run(load));
    }
    boolean evicts = true;
    while (evicts && waitingForSlot.size() > draining) {
      evicts = evictLeastRecentlyRequested();
    }
  }

  private boolean evictLeastRecentlyRequested() {
    Oldest<M> oldest = leastRecentlyRequested();
    if (oldest == null) {
      return false;
    }
    if (staysWhileOthersAreOnTheirWay(oldest.lastRequest())
        && ticker.getAsLong() - waitingForSlot.element().firstRequest < RECENT_NANOS) {
      lookAgainLater();
      return false;
    }
    evict(oldest.slot(), oldest.lastRequest(), Eviction.SLOT);
    return true;
  }

  /** The one that is to go, and by which time: it may be requested again at any moment. */
  private record Oldest<M extends AutoCloseable>(Slot<M> slot, long lastRequest) {}

  private @Nullable Oldest<M> leastRecentlyRequested() {
    Slot<M> found = null;
    long oldest = 0;
    for (Slot<M> slot : loaded.values()) {
      long lastRequest = slot.lastRequest();
      if (found == null || lastRequest - oldest < 0) {
        found = slot;
        oldest = lastRequest;
      }
    }
    return found == null ? null : new Oldest<>(found, oldest);
  }

  /** A lease that does not come back must not keep those who wait from what they may evict then. */
  private void lookAgainLater() {
    if (!looksAgain) {
      looksAgain = true;
      CompletableFuture.delayedExecutor(RECENT_NANOS, TimeUnit.NANOSECONDS, Runnable::run)
          .execute(
              () -> {
                synchronized (lock) {
                  looksAgain = false;
                  admit();
                }
              });
    }
  }

  /** Whether those slots are to be waited for first that are on their way from one to another. */
  private boolean staysWhileOthersAreOnTheirWay(long lastRequest) {
    int onTheirWay = occupied - loaded.size(); // being loaded, or waiting for leases
    return onTheirWay >= Math.max(1, slots / 4) && ticker.getAsLong() - lastRequest < RECENT_NANOS;
  }

  private void evict(Slot<M> victim, long lastRequest, Eviction why) {
    listener.evicted(view(victim, lastRequest), why);
    letGo(victim);
  }

  private void letGo(Slot<M> slot) {
    loaded.remove(slot.version());
    draining++;
    slot.retire();
  }

  private SlotView view(Slot<M> slot, long lastRequest) {
    return new SlotView(slot.version(), lastRequest, slot.leases());
  }

  /**
   * An evicted slot's last lease is back, or it had none: its module goes, then its place is free.
   */
  private void unused(Slot<M> slot) {
    loading.execute(slot.version().service(), () -> dispose(slot));
  }

  private void dispose(Slot<M> slot) {
    close(slot.version(), slot.module());
    synchronized (lock) {
      draining--;
      occupied--;
      admit();
    }
  }

  private void run(Load load) {
    long start = System.nanoTime();
    M module;
    try {
      module = loader.load(load.version);
    } catch (Throwable e) { // whatever went wrong: the slot must be freed and the waiters told
      failed(load, start, e);
      return;
    }
    loaded(load, start, module, 0);
  }

  private void failed(Load load, long start, Throwable why) {
    List<CompletableFuture<Lease<M>>> waiters;
    synchronized (lock) {
      loads.remove(load.version);
      occupied--;
      waiters = load.waiters;
      listener.notLoaded(load.version, Duration.ofNanos(System.nanoTime() - start));
      admit();
    }
    fail(waiters, why);
  }

  /**
   * It is in its slot.
   *
   * @param more leases that the caller makes, beside those of who waits for one
   */
  private Slot<M> loaded(Load load, long start, M module, int more) {
    List<CompletableFuture<Lease<M>>> waiters;
    Slot<M> slot;
    synchronized (lock) {
      loads.remove(load.version);
      waiters = load.waiters;
      slot =
          new Slot<>(load.version, module, load.lastRequest, waiters.size() + more, this::unused);
      loaded.put(load.version, slot);
      listener.loaded(load.version, Duration.ofNanos(System.nanoTime() - start));
      if (closed) {
        letGo(slot);
      } else {
        admit();
      }
    }
    for (CompletableFuture<Lease<M>> waiter : waiters) {
      Lease<M> lease = new Lease<>(slot);
      if (!waiter.complete(lease)) {
        lease.close();
      }
    }
    return slot;
  }

  private static <T> void fail(List<CompletableFuture<T>> waiters, Throwable cause) {
    waiters.forEach(waiter -> waiter.completeExceptionally(cause));
  }

  private void close(ModuleVersion version, M module) {
    try {
      module.close();
    } catch (Exception e) {
      log.warn("closing {} failed; its slot is used again all the same", version, e);
    }
  }
}
