package org.cloudramp.sandbox.server;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;

/** A plugin that keeps the sandbox from closing. Found by the name {@code neverCloses}. */
public final class NeverCloses implements HostFunctionProvider {
  @Override
  public String name() {
    return "neverCloses";
  }

  @Override
  public List<HostFunction> functions() {
    return List.of();
  }

  @Override
  public void close() {
    while (true) {
      LockSupport.park();
    }
  }
}
