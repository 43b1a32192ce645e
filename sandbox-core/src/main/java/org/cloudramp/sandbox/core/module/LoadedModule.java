package org.cloudramp.sandbox.core.module;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.core.abi.GuestImage;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.cloudramp.sandbox.core.abi.GuestProgram;
import org.cloudramp.sandbox.core.function.Endpoint;
import org.cloudramp.sandbox.core.memory.RoomCopy;
import org.cloudramp.sandbox.core.warmup.WarmUp;
import org.jspecify.annotations.Nullable;

/**
 * One version, linked and ready to run, with its idle instances. Thread-safe.
 *
 * <p>A module either keeps memory for each room or for none. If for none, an instance that is taken
 * is in the state it had after it was initialised: no hook sees what another has left. If for each
 * room, a room gets the instance it gave back, or a new one if that was evicted, or has failed; and
 * where the room's memory is in the store, it is brought to what that has.
 */
public final class LoadedModule implements AutoCloseable {
  /**
   * What a module may take.
   *
   * @param hookTime for a hook, when its code is warm
   * @param initializeTime to initialise an instance, and to put one back to its image
   * @param maxIdle how many instances are kept that belong to no room
   * @param storedBytes of memory of a room that is kept in the store; 0 if none is
   */
  record Allowance(Duration hookTime, Duration initializeTime, int maxIdle, long storedBytes) {}

  /** While a hook runs there are what was committed, and what the hook has made of it. */
  private static final int COPIES = 2;

  private final CompiledVersion code;
  private final ModuleVersion version;
  private final GuestProgram program;
  private final CompiledVersion.Footprint footprint;
  private final boolean keepsRoomMemory;
  private final boolean storesRoomMemory;

  /** What one may take that runs. */
  private final long bytesOfInstance;

  private final Allowance allowance;
  private final GuestMemory memory;
  private final ColdTime coldTime;
  private final Runnable whenClosed;
  private final GuestImage image;

  private final Consumer<IdleInstance> whenEvicted = this::evicted;
  private final Object lock = new Object();
  private final ArrayDeque<IdleInstance> pool = new ArrayDeque<>();

  /** Those that belong to rooms. Compared by identity. */
  private final Set<IdleInstance> kept = new HashSet<>();

  /** So many of the pool nobody has needed since {@link #closeUnneeded}: the fewest it has had. */
  private int unneeded;

  private boolean closed;

  /**
   * Makes the first instance, which shows that the module can be initialised, and its image.
   *
   * @param whenClosed gives the code back; not run if this throws
   */
  LoadedModule(
      CompiledVersion code,
      Allowance allowance,
      GuestMemory memory,
      ColdTime coldTime,
      Runnable whenClosed) {
    this.code = code;
    this.version = code.version();
    this.program = code.program();
    this.footprint = code.footprint();
    this.keepsRoomMemory = program.keepsRoomMemory();
    this.storesRoomMemory =
        keepsRoomMemory && allowance.storedBytes() > 0 && program.hasReadableState();
    this.bytesOfInstance =
        footprint.maxInstanceBytes()
            + (storesRoomMemory
                ? COPIES * Math.min(allowance.storedBytes(), footprint.maxMemoryBytes())
                : 0);
    this.allowance = allowance;
    this.memory = memory;
    this.coldTime = coldTime;
    this.whenClosed = whenClosed;
    // The image is as large as the memory may be.
    long reserved = footprint.maxMemoryBytes();
    memory.reserve(version.service(), reserved);
    try {
      GuestInstance first = instantiate(null);
      this.image = first.image();
      memory.release(version.service(), reserved - image.memory().size());
      IdleInstance unused =
          new IdleInstance(first, false, null, null, bytesOf(first, null), whenEvicted);
      memory.park(version.service(), unused, bytesOfInstance);
      pool.push(unused);
    } catch (Throwable e) {
      memory.release(version.service(), reserved);
      throw e;
    }
  }

  /** Which version it is. */
  public ModuleVersion version() {
    return version;
  }

  /**
   * A hook begins in it.
   *
   * @return how many hooks have begun since it was compiled here, this one included, if its code is
   *     cold for that; empty if it is warm
   */
  public OptionalInt countIfCold() {
    return code.countIfCold();
  }

  /** How much longer than its limit a hook may take that begins now with cold code. */
  public Duration extraTimeWhileCold() {
    return coldTime.extra(version.service(), allowance.hookTime());
  }

  /**
   * A hook with cold code has ended.
   *
   * @param extra what it was given beyond its limit
   * @param elapsed how long it took
   */
  public void tookWhileCold(Duration extra, Duration elapsed) {
    coldTime.took(version.service(), allowance.hookTime(), extra, elapsed);
  }

  /**
   * Runs its hooks with made-up events, in instances that no hook gets.
   *
   * @param rounds how often each is run at most
   */
  void warmUp(WarmUp warmUp, int rounds) {
    warmUp.run(
        version,
        program,
        code.endpoints(),
        new WarmUp.Instances() {
          @Override
          public GuestInstance take() {
            return instantiate(image);
          }

          @Override
          public void discard(GuestInstance instance) {
            LoadedModule.this.discard(instance);
          }
        },
        rounds);
  }

  /** What it exports and imports. */
  public GuestProgram program() {
    return program;
  }

  /** What stands behind each of its imports, in their order. */
  public List<Endpoint> endpoints() {
    return code.endpoints();
  }

  /** Whether the memory of its rooms is kept in the store where several servers share them. */
  public boolean storesRoomMemory() {
    return storesRoomMemory;
  }

  /**
   * An instance for a hook of that room. Give it back or discard it; a room takes one at a time.
   *
   * @param copy of the memory that it is to have, for a room whose memory is in the store
   * @throws org.cloudramp.sandbox.api.error.GuestException if a new one is needed and there is no
   *     memory for it, or it cannot be initialised
   */
  public Loan take(RoomMemory room, @Nullable RoomCopy copy) {
    room.enter(this);
    if (keepsRoomMemory) {
      IdleInstance own = takeKept(room);
      if (own != null && memory.resume(version.service(), own, bytesOfInstance)) {
        if (own.copy() == copy && (copy == null || copy.isHeld())) {
          return new Loan(own.instance(), own, false, false);
        }
        if (copy != null && own.copy() == copy && !copy.isNew() && bring(own.instance(), copy)) {
          return new Loan(own.instance(), own, false, true);
        }
        discard(own.instance());
      }
    }
    if (copy == null) {
      return takeInitial();
    }
    copy.lose();
    if (copy.isNew()) {
      return takeInitial();
    }
    Loan loan = takeInitial();
    if (bring(loan.instance(), copy)) {
      return new Loan(loan.instance(), loan.before, false, true);
    }
    discard(loan.instance());
    copy.giveUp();
    return takeInitial();
  }

  /** Brings an instance to what a room remembers; if that is not possible, discard it. */
  private boolean bring(GuestInstance instance, RoomCopy copy) {
    try {
      return copy.putInto(instance);
    } catch (Throwable e) {
      discard(instance);
      throw e;
    }
  }

  private Loan takeInitial() {
    IdleInstance candidate = poll();
    while (candidate != null) {
      if (memory.resume(version.service(), candidate, bytesOfInstance)) {
        GuestInstance instance = candidate.instance();
        if (!candidate.used() || instance.restore(allowance.initializeTime())) {
          return new Loan(instance, candidate, true, false);
        }
        discard(instance);
      }
      candidate = poll();
    }
    return new Loan(instantiate(image), null, true, false);
  }

  /** An instance on loan. */
  public static final class Loan {
    private final GuestInstance instance;

    /** As what it was idle; null if it is new. */
    private final @Nullable IdleInstance before;

    private final boolean initial;
    private final boolean replaced;

    private Loan(
        GuestInstance instance, @Nullable IdleInstance before, boolean initial, boolean replaced) {
      this.instance = instance;
      this.before = before;
      this.initial = initial;
      this.replaced = replaced;
    }

    /** To run a hook in. */
    public GuestInstance instance() {
      return instance;
    }

    /** Whether it is in the state it had after it was initialised. */
    public boolean initial() {
      return initial;
    }

    /** Whether it has other memory than the hook before it has left here. */
    public boolean replaced() {
      return replaced;
    }
  }

  /**
   * Takes back an instance whose hook has returned.
   *
   * @param room keeps it, if this module keeps memory for rooms
   * @param copy of the room's memory, where that is in the store
   */
  public void giveBack(RoomMemory room, Loan loan, @Nullable RoomCopy copy) {
    giveBack(loan, keepsRoomMemory ? room : null, copy);
  }

  /** Takes back an instance whose hook has returned, and of which no room is to see anything. */
  public void giveBackToAll(Loan loan) {
    giveBack(loan, null, null);
  }

  private void giveBack(Loan loan, @Nullable RoomMemory home, @Nullable RoomCopy copy) {
    synchronized (lock) {
      if (!closed && (home != null || pool.size() < allowance.maxIdle())) {
        IdleInstance idle = idle(loan.instance, loan.before, home, copy);
        memory.park(version.service(), idle, bytesOfInstance);
        if (home != null) {
          kept.add(idle);
          home.keep(this, idle);
        } else {
          pool.push(idle);
        }
        return;
      }
    }
    discard(loan.instance);
  }

  /** What it was before, if nothing of that has changed; as for most hooks. */
  private IdleInstance idle(
      GuestInstance instance,
      @Nullable IdleInstance before,
      @Nullable RoomMemory home,
      @Nullable RoomCopy copy) {
    long bytes = bytesOf(instance, copy);
    return before != null && before.isUsedBy(home, copy) && before.bytes() == bytes
        ? before
        : new IdleInstance(instance, true, home, copy, bytes, whenEvicted);
  }

  private long bytesOf(GuestInstance instance, @Nullable RoomCopy copy) {
    return instance.memoryBytes() + footprint.overheadBytes() + (copy == null ? 0 : copy.bytes());
  }

  /** Closes an instance that was taken and is in no known state. */
  public void discard(GuestInstance instance) {
    instance.close();
    memory.release(version.service(), bytesOfInstance);
  }

  /** Forgets what it keeps for that room, which begins anew with its next hook. */
  public void forget(RoomMemory room) {
    IdleInstance own = takeKept(room);
    if (own != null) {
      close(own);
      room.gone(own);
    }
  }

  private GuestInstance instantiate(@Nullable GuestImage known) {
    memory.reserve(version.service(), bytesOfInstance);
    try {
      return program.instantiate(allowance.initializeTime(), known);
    } catch (Throwable e) {
      memory.release(version.service(), bytesOfInstance);
      throw e;
    }
  }

  private void evicted(IdleInstance instance) {
    synchronized (lock) {
      pool.remove(instance);
      kept.remove(instance);
    }
    RoomMemory home = instance.home();
    if (home != null) {
      home.gone(instance);
    }
  }

  private @Nullable IdleInstance poll() {
    synchronized (lock) {
      IdleInstance taken = pool.poll();
      unneeded = Math.min(unneeded, pool.size());
      return taken;
    }
  }

  private @Nullable IdleInstance takeKept(RoomMemory room) {
    synchronized (lock) {
      IdleInstance own = room.take(this);
      if (own != null) {
        kept.remove(own);
      }
      return own;
    }
  }

  /**
   * Closes the idle instances of no room that nobody has needed since this was last called, but for
   * one that has not grown: a rush leaves as many as there are workers, each with the memory that
   * its guest grew to.
   */
  public void closeUnneeded() {
    List<IdleInstance> surplus = new ArrayList<>();
    synchronized (lock) {
      for (int left = Math.min(unneeded, pool.size()); left > 0; left--) {
        if (left == 1 && !hasGrown(pool.getLast())) {
          break;
        }
        surplus.add(pool.removeLast());
      }
      unneeded = pool.size();
    }
    surplus.forEach(this::close);
  }

  /** How many instances it has that no hook runs in. */
  int idleInstances() {
    synchronized (lock) {
      return pool.size() + kept.size();
    }
  }

  private boolean hasGrown(IdleInstance idle) {
    return idle.bytes() > image.memory().size() + footprint.overheadBytes();
  }

  private void close(IdleInstance idle) {
    if (memory.remove(version.service(), idle)) {
      idle.instance().close();
    }
  }

  /** Closes the idle instances and gives the code back. Idempotent. */
  @Override
  public void close() {
    List<IdleInstance> abandoned;
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      abandoned = new ArrayList<>(pool);
      abandoned.addAll(kept);
      pool.clear();
      kept.clear();
    }
    for (IdleInstance idle : abandoned) {
      close(idle);
      RoomMemory home = idle.home();
      if (home != null) {
        home.gone(idle);
      }
    }
    memory.release(version.service(), image.memory().size());
    whenClosed.run();
  }
}
