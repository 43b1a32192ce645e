package org.cloudramp.sandbox.core.observe;

import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.core.SandboxObserver;

/** An engine that is started already, and that somebody is told of. Others start and close it. */
public final class ObservedEngine implements WasmEngine {
  private final WasmEngine engine;
  private final SandboxObserver observer;

  /** Tells {@code observer} of each compile. */
  public ObservedEngine(WasmEngine engine, SandboxObserver observer) {
    this.engine = engine;
    this.observer = observer;
  }

  @Override
  public String name() {
    return engine.name();
  }

  @Override
  public CompiledModule compile(byte[] gatedWasm) {
    long begin = System.nanoTime();
    boolean succeeded = false;
    try {
      CompiledModule compiled = engine.compile(gatedWasm);
      succeeded = true;
      return compiled;
    } finally {
      observer.compiled(succeeded, System.nanoTime() - begin);
    }
  }
}
