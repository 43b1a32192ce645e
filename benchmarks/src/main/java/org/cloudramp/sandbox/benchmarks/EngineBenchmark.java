package org.cloudramp.sandbox.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.ServiceLoader;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.core.gate.CheckedModule;
import org.cloudramp.sandbox.core.gate.GateLimits;
import org.cloudramp.sandbox.core.gate.ModuleGate;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The same guests without a sandbox: an event that was encoded before is copied into the memory,
 * the export is called, and its broadcasts are heard by nobody.
 */
public class EngineBenchmark extends Measured {
  private static final Duration BUDGET = Duration.ofSeconds(10);
  private static final InstanceLimits LIMITS = new InstanceLimits(256);

  /**
   * A guest of the SDK's function style never frees its memory. So many calls fit into what it
   * starts with; Wasmtime could not put it back if it had grown.
   */
  private static final int CALLS_BETWEEN_RESTORES = 50;

  @Param({"chicory", "wasmtime"})
  public String engine = "chicory";

  @Param public Guest guest = Guest.LIGHT;

  private WasmEngine wasmEngine;
  private CompiledModule compiled;
  private Instance instance;
  private Memory memory;
  private GuestFunction onMessage;
  private GuestFunction restoreGlobals;
  private Memory.Image image;
  private byte[] event;
  private int mailbox;
  private int inbox;
  private int calls;

  @Setup
  public void open() {
    wasmEngine =
        ServiceLoader.load(WasmEngine.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.name().equals(engine))
            .findFirst()
            .orElseThrow();
    wasmEngine.start(PluginContext.empty());
    CheckedModule checked = new ModuleGate(GateLimits.defaults()).check(guest.wasm());
    compiled = wasmEngine.compile(checked.wasm().toArray());
    List<HostImport> deaf = compiled.imports().stream().<HostImport>map(Deaf::new).toList();
    instance = compiled.instantiate(deaf, LIMITS);
    memory = instance.memory();
    instance.function("_initialize").ifPresent(initialize -> initialize.call(BUDGET));
    mailbox = (int) instance.function("sandbox_abi_1").orElseThrow().call(BUDGET);
    instance.function(CheckedModule.SAVE).orElseThrow().call(BUDGET);
    image = memory.capture();
    restoreGlobals = instance.function(CheckedModule.RESTORE).orElseThrow();
    onMessage = instance.function("onMessage").orElseThrow();
    inbox = memory.readInt(mailbox);
    event = BusyRooms.encoded(guest.message());
  }

  @TearDown
  public void close() {
    instance.close();
    compiled.close();
    wasmEngine.close();
  }

  @Benchmark
  public int call() {
    if (++calls % CALLS_BETWEEN_RESTORES == 0) {
      if (!memory.restore(image)) {
        throw new IllegalStateException("the guest's memory has grown");
      }
      restoreGlobals.call(BUDGET);
    }
    memory.write(inbox, event, 0, event.length);
    memory.writeInt(mailbox + 8, event.length);
    onMessage.call(BUDGET);
    return memory.readInt(mailbox + 12);
  }

  private record Deaf(FunctionImport target) implements HostImport {
    @Override
    public long call(Memory memory, long... arguments) {
      return 0;
    }
  }
}
