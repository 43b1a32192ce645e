package org.cloudramp.sandbox.core;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.engine.chicory.ChicoryEngine;

/**
 * The default engine, with a count of what it has compiled, of what is not closed yet, and of
 * instances.
 */
final class CountingEngine implements WasmEngine {
  private final WasmEngine engine = new ChicoryEngine();
  private final AtomicInteger compiles = new AtomicInteger();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger instances = new AtomicInteger();

  int compiles() {
    return compiles.get();
  }

  int open() {
    return open.get();
  }

  int instances() {
    return instances.get();
  }

  @Override
  public String name() {
    return engine.name();
  }

  @Override
  public void start(PluginContext context) {
    engine.start(context);
  }

  @Override
  public CompiledModule compile(byte[] gatedWasm) {
    compiles.incrementAndGet();
    open.incrementAndGet();
    return new Counted(engine.compile(gatedWasm));
  }

  @Override
  public void close() {
    engine.close();
  }

  private final class Counted implements CompiledModule {
    private final CompiledModule module;
    private final AtomicBoolean closed = new AtomicBoolean();

    Counted(CompiledModule module) {
      this.module = module;
    }

    @Override
    public List<FunctionImport> imports() {
      return module.imports();
    }

    @Override
    public Map<String, FunctionSignature> exports() {
      return module.exports();
    }

    @Override
    public long retainedBytes() {
      return module.retainedBytes();
    }

    @Override
    public Instance instantiate(List<HostImport> imports, InstanceLimits limits) {
      instances.incrementAndGet();
      return module.instantiate(imports, limits);
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        open.decrementAndGet();
      }
      module.close();
    }
  }
}
