package org.cloudramp.sandbox.core.module;

import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Bounds the memory that compilers take while they work, of all modules that are compiled at a
 * time. Thread-safe.
 *
 * <p>A module that would need more than three quarters of it counts as three quarters: it is
 * compiled with small ones beside it, and waits for another large one.
 */
public final class CompileAdmission {
  /**
   * Bytes of heap for each byte of a module. Measured with Chicory, 60 to 75 for code that is
   * nothing but instructions.
   */
  static final int BYTES_PER_BYTE = 75;

  private static final int UNIT = 1 << 10;

  private final int most;
  private final Semaphore free;

  /**
   * Nothing is compiled yet.
   *
   * @param bytes that compiles may take together
   */
  public CompileAdmission(long bytes) {
    int units = (int) Math.max(4, Math.min(Integer.MAX_VALUE, bytes / UNIT));
    this.most = units / 4 * 3;
    // Whoever fits goes ahead: a small module does not wait behind a large one.
    this.free = new Semaphore(units, false);
  }

  /** Runs a compile when there is room for it. Blocks, and cannot be interrupted, as a compile. */
  <T> T compile(int moduleBytes, Supplier<T> compile) {
    int needed = (int) Math.max(1, Math.min(most, (long) BYTES_PER_BYTE * moduleBytes / UNIT));
    free.acquireUninterruptibly(needed);
    try {
      return compile.get();
    } finally {
      free.release(needed);
    }
  }
}
