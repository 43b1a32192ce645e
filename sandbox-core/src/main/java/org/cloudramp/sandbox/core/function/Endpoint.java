package org.cloudramp.sandbox.core.function;

import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;

/** What stands behind one import. Thread-safe. */
@FunctionalInterface
public interface Endpoint {
  /**
   * Serves one call of a guest.
   *
   * @throws org.cloudramp.sandbox.api.error.HostFunctionException to give the guest an error code
   * @throws org.cloudramp.sandbox.api.error.GuestException to end the hook
   */
  void serve(HookScope scope, WireReader request, WireWriter response);

  /**
   * As {@link #serve}, for a hook that is run to warm its code up and of which nothing may be seen:
   * what does more than the scope lets it is left out.
   */
  default void rehearse(HookScope scope, WireReader request, WireWriter response) {
    serve(scope, request, response);
  }
}
