package org.cloudramp.sandbox.testkit.engine;

import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Memory;

/** Host functions that are a lambda. */
final class TestHost {
  private TestHost() {}

  /** The import {@code host.call} of {@code engine/endless}, which does nothing. */
  static HostImport idleHost() {
    return host("host", "call", (memory, arguments) -> 0);
  }

  /** A host function of type {@code () -> ()}. */
  static HostImport host(String module, String name, HostCode code) {
    return host(new FunctionImport(module, name, FunctionSignature.NOTHING), code);
  }

  /** What a host function does. */
  @FunctionalInterface
  interface HostCode {
    /** As {@link HostImport#call}. */
    long call(Memory memory, long... arguments);
  }

  static HostImport host(FunctionImport target, HostCode code) {
    return new HostImport() {
      @Override
      public FunctionImport target() {
        return target;
      }

      @Override
      public long call(Memory memory, long... arguments) {
        return code.call(memory, arguments);
      }
    };
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <T extends Throwable> T asItIs(Throwable thrown) throws T {
    throw (T) thrown;
  }
}
