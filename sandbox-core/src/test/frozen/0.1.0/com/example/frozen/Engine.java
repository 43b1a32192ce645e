package com.example.frozen;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.plugin.PluginContext;

/** An engine around another one: every type that an engine implements, it implements. */
public final class Engine implements Function<WasmEngine, WasmEngine> {
  @Override
  public WasmEngine apply(WasmEngine engine) {
    return new Wrapped(engine);
  }

  private record Wrapped(WasmEngine engine) implements WasmEngine {
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
      return new Module(engine.compile(gatedWasm));
    }

    @Override
    public void close() {
      engine.close();
    }
  }

  private record Module(CompiledModule module) implements CompiledModule {
    @Override
    public List<FunctionImport> imports() {
      return module.imports();
    }

    @Override
    public Map<String, FunctionSignature> exports() {
      return module.exports();
    }

    @Override
    public Instance instantiate(List<HostImport> imports, InstanceLimits limits) {
      return new Guest(module.instantiate(imports.stream().map(this::wrap).toList(), limits));
    }

    private HostImport wrap(HostImport imported) {
      return new HostImport() {
        @Override
        public FunctionImport target() {
          return imported.target();
        }

        @Override
        public long call(Memory memory, long... arguments) {
          return imported.call(new Bytes(memory), arguments);
        }
      };
    }

    @Override
    public void close() {
      module.close();
    }
  }

  private record Guest(Instance instance, AtomicInteger calls) implements Instance {
    Guest(Instance instance) {
      this(instance, new AtomicInteger());
    }

    @Override
    public Optional<GuestFunction> function(String export) {
      return instance
          .function(export)
          .map(
              function ->
                  (Duration budget, long... arguments) -> {
                    calls.incrementAndGet();
                    return function.call(budget, arguments);
                  });
    }

    @Override
    public Memory memory() {
      return new Bytes(instance.memory());
    }

    @Override
    public void close() {
      instance.close();
    }
  }

  private record Bytes(Memory memory) implements Memory {
    @Override
    public int pages() {
      return memory.pages();
    }

    @Override
    public int readInt(int address) {
      return memory.readInt(address);
    }

    @Override
    public void writeInt(int address, int value) {
      memory.writeInt(address, value);
    }

    @Override
    public void read(int address, byte[] target, int offset, int length) {
      memory.read(address, target, offset, length);
    }

    @Override
    public void write(int address, byte[] source, int offset, int length) {
      memory.write(address, source, offset, length);
    }

    @Override
    public Image capture() {
      return memory.capture();
    }

    @Override
    public boolean restore(Image image) {
      return memory.restore(image);
    }
  }
}
