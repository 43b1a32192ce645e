package org.cloudramp.sandbox.engine.wasmtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Decides who may touch the native objects of one store, and when they are freed. A store believes
 * that one thread uses it at a time and that nobody uses it after its end; if that is wrong, the
 * JVM dies. Therefore:
 *
 * <ol>
 *   <li>Whoever touches the store is between {@link #enter} and {@link #leave}. A second thread is
 *       refused; the same thread may enter again, for a host function that reads memory.
 *   <li>After {@link #close} nobody enters any more, not even a host function of a call that runs.
 *   <li>The store is freed once, by {@code close}, or if somebody is inside by the one who leaves
 *       last.
 * </ol>
 */
final class StoreGuard {
  private static final VarHandle OWNER;

  static {
    try {
      OWNER = MethodHandles.lookup().findVarHandle(StoreGuard.class, "owner", Thread.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Runnable free;

  private volatile @Nullable Thread owner;
  private volatile boolean closed;

  // Belong to the owner.
  private int depth;
  private boolean freed;

  /**
   * A guard of what {@code free} frees.
   *
   * @param free runs once, on the thread that closes or on the last one inside
   */
  StoreGuard(Runnable free) {
    this.free = free;
  }

  /**
   * Lets the current thread touch the store until it leaves.
   *
   * @throws IllegalStateException if the instance is closed, or another thread is inside
   */
  void enter() {
    Thread current = Thread.currentThread();
    if (owner != current && !OWNER.compareAndSet(this, null, current)) {
      throw new IllegalStateException("another thread uses the instance");
    }
    depth++;
    if (closed) {
      leave();
      throw new IllegalStateException("the instance is closed");
    }
  }

  void leave() {
    if (--depth == 0) {
      owner = null;
      if (closed) {
        freeIfNobodyIsInside();
      }
    }
  }

  void close() {
    closed = true;
    freeIfNobodyIsInside();
  }

  /**
   * Who closes writes {@code closed} and then looks at {@code owner}, who leaves does it the other
   * way round, so at least one of them gets here with nobody inside.
   */
  private void freeIfNobodyIsInside() {
    if (OWNER.compareAndSet(this, null, Thread.currentThread())) {
      try {
        if (!freed) {
          freed = true;
          free.run();
        }
      } finally {
        owner = null;
      }
    }
  }
}
