package org.cloudramp.sandbox.api.engine;

import java.time.Duration;

/** An exported function of one instance. One thread at a time, as its instance. */
public interface GuestFunction {
  /**
   * Calls the guest, and stops it when the budget is used up. How the engine stops it is its own
   * business; when the call returns, however it returns, the thread's interrupt flag is as it was
   * before unless somebody else set it.
   *
   * @param budget time for the guest and for the host functions that it calls; positive
   * @param arguments one for each parameter: an {@code i32} in the lower 32 bits, an {@code i64} as
   *     it is, a float by its raw bits
   * @return the first result in the same form (the upper half of an {@code i32} or {@code f32}
   *     means nothing), or 0 if the function has none
   * @throws org.cloudramp.sandbox.api.error.GuestException of kind trapped, deadline or memory; the
   *     instance must then be closed
   * @throws IllegalArgumentException if the number of arguments is wrong, or the budget not
   *     positive
   * @throws IllegalStateException if the instance is closed or in the middle of another call, or
   *     the thread cannot run guests (in some engines a guest needs the stack of a thread of 2 MiB)
   */
  long call(Duration budget, long... arguments);
}
