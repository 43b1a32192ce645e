package org.cloudramp.sandbox.core.module;

import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.cloudramp.sandbox.core.gate.CheckedModule;

/**
 * Bounds the memory that compilers take while they work, of all modules that are compiled at a
 * time. Thread-safe.
 *
 * <p>A module that needs more than three quarters of it takes three quarters: it is compiled with
 * small ones beside it, and waits for another large one. The rest has to be found elsewhere, see
 * {@link #beyond}.
 */
public final class CompileAdmission {
  /**
   * Bytes of heap for each byte of code. Measured with Chicory, 60 to 75 for code that is nothing
   * but instructions.
   */
  static final int BYTES_PER_CODE_BYTE = 75;

  /** Measured with Chicory, for functions that have no code. */
  static final int BYTES_PER_FUNCTION = 2_300;

  /** Of the rest, which is data for the most part, there are copies. */
  static final int BYTES_PER_OTHER_BYTE = 4;

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

  /** What the compile of a module takes at most. */
  static long needed(CheckedModule module) {
    return (long) BYTES_PER_CODE_BYTE * module.codeBytes()
        + (long) BYTES_PER_FUNCTION * module.functions()
        + (long) BYTES_PER_OTHER_BYTE * (module.wasm().size() - module.codeBytes());
  }

  /** How much of what a compile takes is more than it can have here. */
  long beyond(long needed) {
    return Math.max(0, needed - (long) most * UNIT);
  }

  /**
   * Runs a compile when there is room for it. Blocks, and cannot be interrupted, as a compile.
   *
   * @param needed bytes that it takes
   */
  <T> T compile(long needed, Supplier<T> compile) {
    int units = (int) Math.max(1, Math.min(most, needed / UNIT));
    free.acquireUninterruptibly(units);
    try {
      return compile.get();
    } finally {
      free.release(units);
    }
  }
}
