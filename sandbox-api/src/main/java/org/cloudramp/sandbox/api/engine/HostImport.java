package org.cloudramp.sandbox.api.engine;

/**
 * A function that the host offers to one instance. Called on the thread that called the guest.
 *
 * <p>It sees the memory and not the instance, so it cannot enter the guest again.
 */
public interface HostImport {
  /** What it stands for. */
  FunctionImport target();

  /**
   * Runs. Whatever it throws ends the guest's call, and comes out of {@link GuestFunction#call} as
   * it was thrown; only a {@link StackOverflowError} may be the guest's, and then comes out as its
   * trap. An engine does not interrupt it: if the guest's time is up meanwhile, the guest's call
   * ends when it returns.
   *
   * @param memory the guest's memory, valid during this call only
   * @param arguments as in {@link GuestFunction#call}
   * @return the result as in {@link GuestFunction#call}, or 0 if there is none
   */
  long call(Memory memory, long... arguments);
}
