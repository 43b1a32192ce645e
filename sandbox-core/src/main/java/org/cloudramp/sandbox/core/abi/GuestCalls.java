package org.cloudramp.sandbox.core.abi;

/** Answers the host calls of one run. Called on the thread that runs the guest. */
public interface GuestCalls {
  /**
   * The guest calls the host, whatever for.
   *
   * @throws org.cloudramp.sandbox.api.error.GuestException if it has done so too often
   */
  void count();

  /**
   * Serves one call, which was counted.
   *
   * @param function the place of the import among those of the module
   * @param request what the guest sent
   * @param response where the answer goes, empty
   * @throws org.cloudramp.sandbox.api.error.HostFunctionException to give the guest an error code;
   *     it goes on
   * @throws org.cloudramp.sandbox.api.error.GuestException to end the run
   */
  void call(int function, WireReader request, WireWriter response);
}
