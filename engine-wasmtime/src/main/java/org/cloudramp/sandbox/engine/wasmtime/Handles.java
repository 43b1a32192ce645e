package org.cloudramp.sandbox.engine.wasmtime;

import io.github.kawamuray.wasmtime.Config;
import io.github.kawamuray.wasmtime.Engine;
import io.github.kawamuray.wasmtime.Store;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * The native engine, by three handles. The binding locks a handle for as long as it is used, and a
 * compile uses one for long: the ticker must not wait for it, nor must a new store.
 */
final class Handles {
  /** What a guest may take of its thread's stack, in bytes. */
  static final int GUEST_STACK = 256 << 10;

  private static final long GUARD = 64 << 10;

  private final Engine compiling;
  private final Engine instantiating;
  private final Ticker ticker;

  /** Read: a handle is in use. Write: they are freed. */
  private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();

  private boolean closed;

  private Handles(Engine compiling, Engine instantiating, Ticker ticker) {
    this.compiling = compiling;
    this.instantiating = instantiating;
    this.ticker = ticker;
  }

  static Handles open() {
    Engine engine =
        new Engine(
            new Config()
                .epochInterruption(true)
                .maxWasmStack(GUEST_STACK)
                // Else each memory reserves 6 GiB of addresses. With 0 it reserves the 2 GiB that
                // it
                // may grow to without moving, which WasmtimeMemory relies on.
                .staticMemoryMaximumSize(0)
                .staticMemoryGuardSize(GUARD)
                .dynamicMemoryGuardSize(GUARD)
                .wasmSimd(false)
                .wasmThreads(false));
    UnpackedLibrary.delete();
    try (Store<Void> store = new Store<>(null, engine)) {
      return new Handles(engine, store.engine(), Ticker.start(store.engine()));
    }
  }

  /** For compiling. To be used within {@link #whileOpen}. */
  Engine compiling() {
    return compiling;
  }

  /** For new stores. To be used within {@link #whileOpen}. */
  Engine instantiating() {
    return instantiating;
  }

  Ticker ticker() {
    return ticker;
  }

  /**
   * Does {@code work} before anybody can free the handles.
   *
   * @throws IllegalStateException if they are freed already
   */
  <T> T whileOpen(Supplier<T> work) {
    Lock lock = life.readLock();
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the engine is closed");
      }
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  /** Frees the handles when nobody uses them. Stores and modules keep the native engine alive. */
  void close() {
    Lock lock = life.writeLock();
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        compiling.dispose();
        instantiating.dispose();
        ticker.close();
      }
    } finally {
      lock.unlock();
    }
  }
}
