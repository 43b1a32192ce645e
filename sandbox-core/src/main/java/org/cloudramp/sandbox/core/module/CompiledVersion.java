package org.cloudramp.sandbox.core.module;

import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.core.abi.GuestProgram;
import org.cloudramp.sandbox.core.function.Endpoint;

/**
 * The code of one version: checked, compiled and linked, and as warm as its hooks have made it. It
 * outlives the modules that run it, of which there may be several. Thread-safe; {@link CodeCache}
 * says when it goes.
 */
final class CompiledVersion implements Evictable {
  /**
   * What it takes.
   *
   * @param codeBytes its compiled code, whatever runs
   * @param maxMemoryBytes what the memory of one instance can grow to
   * @param overheadBytes what one instance takes beside its memory
   */
  record Footprint(long codeBytes, long maxMemoryBytes, long overheadBytes) {
    long maxInstanceBytes() {
      return maxMemoryBytes + overheadBytes;
    }
  }

  /** Below this the JVM still interprets much of the code, or compiles it meanwhile. */
  private static final int COLD_HOOKS = 1_000;

  /** As a hook that may run on a loop. */
  private static final long AT_ONCE_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

  private final ModuleVersion version;
  private final GuestProgram program;
  private final List<Endpoint> endpoints;
  private final Footprint footprint;
  private final Consumer<CompiledVersion> whenEvicted;

  /** How many hooks have begun since it was compiled; not counted beyond those that are cold. */
  private final AtomicInteger hooksBegun = new AtomicInteger();

  /** How long it took to make the last module of it; the next takes as long, as a rule. */
  private volatile long initializeNanos = Long.MAX_VALUE;

  // Guarded by the lock of the cache.
  int users;
  boolean isWanted = true;

  /**
   * Code that nobody uses yet.
   *
   * @param endpoints what stands behind each of the program's imports, in their order
   * @param whenEvicted told when the ledger has taken it out
   */
  CompiledVersion(
      ModuleVersion version,
      GuestProgram program,
      List<Endpoint> endpoints,
      Footprint footprint,
      Consumer<CompiledVersion> whenEvicted) {
    this.version = version;
    this.program = program;
    this.endpoints = List.copyOf(endpoints);
    this.footprint = footprint;
    this.whenEvicted = whenEvicted;
  }

  ModuleVersion version() {
    return version;
  }

  GuestProgram program() {
    return program;
  }

  List<Endpoint> endpoints() {
    return endpoints;
  }

  Footprint footprint() {
    return footprint;
  }

  /** As {@link LoadedModule#countIfCold}. */
  OptionalInt countIfCold() {
    return hooksBegun.get() >= COLD_HOOKS
        ? OptionalInt.empty()
        : OptionalInt.of(hooksBegun.incrementAndGet());
  }

  /** A module was made of it. */
  void initialized(long nanos) {
    initializeNanos = nanos;
  }

  /** Whether to make a module of it takes no time that others notice, going by the last one. */
  boolean isInitializedAtOnce() {
    return initializeNanos < AT_ONCE_NANOS;
  }

  @Override
  public long bytes() {
    return footprint.codeBytes();
  }

  @Override
  public void evict() {
    whenEvicted.accept(this);
  }
}
