package org.cloudramp.sandbox.hostile;

import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.core.gate.GateLimits;
import org.cloudramp.sandbox.core.gate.ModuleGate;

/** Engines behind the gate and nothing else: no ABI, no rooms. */
final class Engines {
  /** All that there are. */
  static final List<String> NAMES = List.of("chicory", "endive", "wasmtime");

  /**
   * Those that are made of the same sources, and so differ from each other by their library only.
   */
  static final Set<String> ON_THE_JVM = Set.of("chicory", "endive");

  private static final ModuleGate GATE = new ModuleGate(GateLimits.defaults());
  private static final InstanceLimits LIMITS = new InstanceLimits(256);

  private Engines() {}

  /** Sees what guests call. */
  interface Host {
    /** Answers a call; the result as in {@link HostImport#call}. */
    long called(FunctionImport target, long[] arguments);
  }

  static WasmEngine start(String name) {
    for (WasmEngine engine : ServiceLoader.load(WasmEngine.class)) {
      if (engine.name().equals(name)) {
        engine.start(PluginContext.empty());
        return engine;
      }
    }
    throw new IllegalArgumentException("there is no engine '" + name + "'");
  }

  /** What the gate makes of a module. */
  static byte[] gated(byte[] wasm) {
    return GATE.check(wasm).wasm().toArray();
  }

  static Instance instantiate(CompiledModule module, Host host) {
    List<HostImport> imports =
        module.imports().stream().<HostImport>map(target -> new Forwarded(target, host)).toList();
    return module.instantiate(imports, LIMITS);
  }

  private record Forwarded(FunctionImport target, Host host) implements HostImport {
    @Override
    public long call(Memory memory, long... arguments) {
      return host.called(target, arguments);
    }
  }
}
