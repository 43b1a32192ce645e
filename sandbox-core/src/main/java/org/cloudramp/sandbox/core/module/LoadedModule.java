package org.cloudramp.sandbox.core.module;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.core.abi.GuestImage;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.cloudramp.sandbox.core.abi.GuestProgram;
import org.cloudramp.sandbox.core.function.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * One version, linked and ready to run, with its idle instances. Thread-safe.
 *
 * <p>A module either keeps memory for each room or for none. If for none, an instance that is taken
 * is in the state it had after it was initialised: no hook sees what another has left. If for each
 * room, a room gets the instance it gave back, or a new one if that was evicted, or has failed.
 */
public final class LoadedModule implements AutoCloseable {
  /**
   * What a module may take.
   *
   * @param initializeTime to initialise an instance, and to put one back to its image
   * @param largestBytes what one instance can grow to
   * @param mostIdle how many instances are kept that belong to no room
   */
  record Allowance(Duration initializeTime, long largestBytes, int mostIdle) {}

  private final ModuleVersion version;
  private final GuestProgram program;
  private final List<Endpoint> endpoints;
  private final boolean keepsRoomMemory;
  private final Allowance allowance;
  private final GuestMemory memory;
  private final RoomOwners owners;
  private final GuestImage image;

  private final Object lock = new Object();
  private final ArrayDeque<IdleInstance> pool = new ArrayDeque<>();
  private final Map<RoomId, IdleInstance> rooms = new HashMap<>();
  private boolean closed;

  /** Makes the first instance, which shows that the module can be initialised, and its image. */
  LoadedModule(
      ModuleVersion version,
      GuestProgram program,
      List<Endpoint> endpoints,
      boolean keepsRoomMemory,
      Allowance allowance,
      GuestMemory memory,
      RoomOwners owners) {
    this.version = version;
    this.program = program;
    this.endpoints = endpoints;
    this.keepsRoomMemory = keepsRoomMemory;
    this.allowance = allowance;
    this.memory = memory;
    this.owners = owners;
    GuestInstance first = instantiate(null);
    this.image = first.image();
    pool.push(shelve(first, false));
  }

  /** Which version it is. */
  public ModuleVersion version() {
    return version;
  }

  /** What it exports and imports. */
  public GuestProgram program() {
    return program;
  }

  /** What stands behind each of its imports, in their order. */
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  /**
   * An instance for a hook of that room. Give it back or discard it; a room takes one at a time.
   *
   * @throws org.cloudramp.sandbox.api.error.GuestException if a new one is needed and there is no
   *     memory for it, or it cannot be initialised
   */
  public Loan take(RoomId room) {
    owners.enter(room, this);
    if (keepsRoomMemory) {
      IdleInstance own = pollRoom(room);
      if (own != null && memory.claim(own, allowance.largestBytes())) {
        return new Loan(own.instance(), false);
      }
    }
    IdleInstance candidate = poll();
    while (candidate != null) {
      if (memory.claim(candidate, allowance.largestBytes())) {
        GuestInstance instance = candidate.instance();
        if (!candidate.used() || instance.restore(allowance.initializeTime())) {
          return new Loan(instance, true);
        }
        discard(instance);
      }
      candidate = poll();
    }
    return new Loan(instantiate(image), true);
  }

  /**
   * An instance on loan.
   *
   * @param instance to run a hook in
   * @param initial whether it is in the state it had after it was initialised
   */
  public record Loan(GuestInstance instance, boolean initial) {}

  /** Whether each room has memory of its own, which {@code onStart} begins. */
  public boolean keepsRoomMemory() {
    return keepsRoomMemory;
  }

  /** Takes back an instance whose hook has returned. */
  public void giveBack(RoomId room, GuestInstance instance) {
    synchronized (lock) {
      if (!closed && (keepsRoomMemory || pool.size() < allowance.mostIdle())) {
        IdleInstance idle = shelve(instance, true);
        if (keepsRoomMemory) {
          rooms.put(room, idle);
          owners.keeps(room, this);
        } else {
          pool.push(idle);
        }
        return;
      }
    }
    discard(instance);
  }

  /** Closes an instance that was taken and is in no known state. */
  public void discard(GuestInstance instance) {
    instance.close();
    memory.release(allowance.largestBytes());
  }

  /** Forgets what it keeps for that room, which begins anew with its next hook. */
  public void forget(RoomId room) {
    IdleInstance own = pollRoom(room);
    if (own != null) {
      close(own);
    }
  }

  private GuestInstance instantiate(@Nullable GuestImage known) {
    memory.reserve(allowance.largestBytes());
    try {
      return program.instantiate(allowance.initializeTime(), known);
    } catch (Throwable e) {
      memory.release(allowance.largestBytes());
      throw e;
    }
  }

  private IdleInstance shelve(GuestInstance instance, boolean used) {
    IdleInstance idle = new IdleInstance(instance, used, this::evicted);
    memory.shelve(idle, allowance.largestBytes());
    return idle;
  }

  private void evicted(IdleInstance instance) {
    synchronized (lock) {
      if (!pool.remove(instance)) {
        rooms
            .entrySet()
            .removeIf(
                entry -> {
                  boolean evicted = entry.getValue() == instance;
                  if (evicted) {
                    owners.forgets(entry.getKey(), this);
                  }
                  return evicted;
                });
      }
    }
  }

  private @Nullable IdleInstance poll() {
    synchronized (lock) {
      return pool.poll();
    }
  }

  private @Nullable IdleInstance pollRoom(RoomId room) {
    synchronized (lock) {
      owners.forgets(room, this);
      return rooms.remove(room);
    }
  }

  private void close(IdleInstance idle) {
    if (memory.withdraw(idle)) {
      idle.instance().close();
    }
  }

  /** Closes the idle instances and lets go of the code. Idempotent. */
  @Override
  public void close() {
    List<IdleInstance> abandoned;
    synchronized (lock) {
      closed = true;
      abandoned = new ArrayList<>(pool);
      abandoned.addAll(rooms.values());
      rooms.keySet().forEach(room -> owners.forgets(room, this));
      pool.clear();
      rooms.clear();
    }
    abandoned.forEach(this::close);
    program.close();
  }
}
