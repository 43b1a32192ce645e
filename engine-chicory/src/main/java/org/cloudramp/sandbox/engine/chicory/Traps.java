package org.cloudramp.sandbox.engine.chicory;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.wasm.ChicoryException;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.GuestException.Kind;
import org.jspecify.annotations.Nullable;

/** From what compiled code throws to what the specification of WebAssembly calls it. */
final class Traps {
  private Traps() {}

  /** Any throwable at all, so that nothing untyped leaves the engine. */
  static GuestException failure(@Nullable Throwable thrown) {
    if (thrown instanceof OutOfMemoryError) {
      return new GuestException(
          Kind.MEMORY, "the heap has no room for what the guest asks for", thrown);
    }
    if (thrown instanceof ChicoryInterruptedException) {
      return new GuestException(
          Kind.DEADLINE, "the guest's thread was interrupted by its host", thrown);
    }
    return new GuestException(Kind.TRAPPED, "the guest trapped: " + trap(thrown), thrown);
  }

  private static String trap(@Nullable Throwable thrown) {
    if (thrown instanceof IndexOutOfBoundsException) {
      return "out of bounds memory access"; // of ArrayMemory; tables have their own
    }
    if (thrown instanceof StackOverflowError) {
      return "call stack exhausted";
    }
    if (thrown instanceof ChicoryException && thrown.getMessage() != null) {
      return thrown.getMessage(); // the specification's words, or close to them
    }
    return String.valueOf(thrown);
  }
}
