package org.cloudramp.sandbox.core.module;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.core.abi.GuestImage;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.cloudramp.sandbox.core.abi.GuestProgram;
import org.cloudramp.sandbox.core.function.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * One version, linked and ready to run, with a pool of idle instances. Thread-safe.
 *
 * <p>An instance that is taken is in the state it had after it was initialised: no hook sees the
 * memory that another has left. Only instances whose hook returned come back into the pool.
 */
public final class LoadedModule implements AutoCloseable {
  private final ModuleVersion version;
  private final GuestProgram program;
  private final List<Endpoint> endpoints;
  private final Duration initializeTime;
  private final int mostIdle;
  private final ArrayDeque<Idle> idle = new ArrayDeque<>();
  private final GuestImage image;
  private boolean closed;

  /** An instance of the pool, and whether a hook has run in it. */
  private record Idle(GuestInstance instance, boolean used) {}

  LoadedModule(
      ModuleVersion version,
      GuestProgram program,
      List<Endpoint> endpoints,
      Duration initializeTime,
      int mostIdle) {
    this.version = version;
    this.program = program;
    this.endpoints = endpoints;
    this.initializeTime = initializeTime;
    this.mostIdle = mostIdle;
    // The first instance shows that the module can be initialised at all, and what its image is.
    GuestInstance first = program.instantiate(initializeTime, null);
    this.image = first.image();
    idle.push(new Idle(first, false));
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
   * An instance in its initial state. Give it back, or close it.
   *
   * @throws org.cloudramp.sandbox.api.error.GuestException if a new one is needed and cannot be
   *     initialised
   */
  public GuestInstance take() {
    Idle candidate = poll();
    while (candidate != null) {
      if (!candidate.used() || candidate.instance().restore(initializeTime)) {
        return candidate.instance();
      }
      candidate.instance().close();
      candidate = poll();
    }
    return program.instantiate(initializeTime, image);
  }

  /** Takes back an instance whose hook has returned. One that has failed must be closed instead. */
  public void giveBack(GuestInstance instance) {
    synchronized (idle) {
      if (!closed && idle.size() < mostIdle) {
        idle.push(new Idle(instance, true));
        return;
      }
    }
    instance.close();
  }

  private @Nullable Idle poll() {
    synchronized (idle) {
      return idle.poll();
    }
  }

  /** Closes the idle instances and lets go of the code. Idempotent. */
  @Override
  public void close() {
    List<Idle> abandoned;
    synchronized (idle) {
      closed = true;
      abandoned = List.copyOf(idle);
      idle.clear();
    }
    abandoned.forEach(entry -> entry.instance().close());
    program.close();
  }
}
