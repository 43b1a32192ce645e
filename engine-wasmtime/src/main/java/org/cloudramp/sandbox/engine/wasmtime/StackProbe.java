package org.cloudramp.sandbox.engine.wasmtime;

/**
 * Finds out whether a thread's stack has room for a guest. A guest that runs into the end of its
 * thread's stack, and not into the limit of its own, kills the JVM; and the JVM tells nobody how
 * much of a stack is left. So this uses it up, in Java, where the end of the stack is an error that
 * can be caught. It takes about 0.1 ms, once for each thread.
 */
final class StackProbe {
  /** The smallest frame of {@link #descend} that was seen, in bytes: compiled by C2, two in one. */
  private static final int MIN_FRAME = 24;

  /** A guest's stack, and 64 KiB for what lies between it and the JVM's own reserve. */
  private static final int STEPS = (Handles.GUEST_STACK + (64 << 10)) / MIN_FRAME;

  /** What a thread knows of itself. */
  private static final class Known {
    private boolean roomy;
    private int calls;
  }

  private static final ThreadLocal<Known> KNOWN = ThreadLocal.withInitial(Known::new);

  private StackProbe() {}

  /**
   * A call of a guest begins on this thread; {@link #end} must follow.
   *
   * @throws IllegalStateException if the thread's stack has not enough room
   */
  static void begin() {
    Known known = KNOWN.get();
    // A call within a host function starts deeper than the one before which was measured.
    if (!known.roomy || known.calls > 0) {
      try {
        known.roomy |= descend(STEPS, 0) != 0;
      } catch (StackOverflowError e) {
        throw new IllegalStateException(
            "the stack of thread '%s' has no room for a guest; threads with 2 MiB have"
                .formatted(Thread.currentThread().getName()));
      }
    }
    known.calls++;
  }

  static void end() {
    KNOWN.get().calls--;
  }

  /** Uses its own number after the call, so that each frame has to keep one. Never gives 0. */
  private static long descend(int left, long salt) {
    long own = salt * 31 + left;
    return left == 0 ? 1 : (own ^ descend(left - 1, own)) | 1;
  }
}
