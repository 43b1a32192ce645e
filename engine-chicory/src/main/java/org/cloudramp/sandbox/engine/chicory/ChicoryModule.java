package org.cloudramp.sandbox.engine.chicory;

import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.TableInstance;
import com.dylibso.chicory.wasm.types.Table;
import com.dylibso.chicory.wasm.types.TableLimits;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.ModuleException.Kind;

/** Classes that the JVM has loaded for one module, and what it takes to make instances of them. */
final class ChicoryModule implements CompiledModule {
  private final RetainedModule module;
  private final Signatures signatures;
  private final Watchdog watchdog;
  private volatile boolean closed;

  ChicoryModule(RetainedModule module, Signatures signatures, Watchdog watchdog) {
    this.module = module;
    this.signatures = signatures;
    this.watchdog = watchdog;
  }

  @Override
  public List<FunctionImport> imports() {
    return signatures.imports();
  }

  @Override
  public Map<String, FunctionSignature> exports() {
    return signatures.exports();
  }

  @Override
  public long retainedBytes() {
    return module.bytes();
  }

  @Override
  public Instance instantiate(List<HostImport> imports, InstanceLimits limits) {
    if (closed) {
      throw new IllegalStateException("the module is closed");
    }
    refuseTooManyPages(limits);
    ChicoryInstance instance = new ChicoryInstance(signatures.exports(), watchdog);
    try {
      instance.use(
          com.dylibso.chicory.runtime.Instance.builder(module.module())
              .withMachineFactory(module.machines())
              .withMemoryFactory(
                  declared ->
                      new ArrayMemory(
                          declared.initialPages(),
                          Math.min(declared.maximumPages(), limits.memoryPages())))
              .withTableFactory(ChicoryModule::tableOfItsOwn)
              .withImportValues(link(imports, instance))
              .withStart(false) // it would run an export named _start, without a budget
              .build());
      return instance;
    } catch (ModuleException e) {
      instance.close();
      throw e;
    } catch (OutOfMemoryError e) {
      instance.close();
      throw new GuestException(
          GuestException.Kind.MEMORY, "the heap has no room for the guest's memory", e);
    } catch (Throwable e) {
      instance.close();
      throw new ModuleException(Kind.MALFORMED, "no instance can be made: " + e.getMessage(), e);
    }
  }

  private void refuseTooManyPages(InstanceLimits limits) {
    module
        .module()
        .memorySection()
        .filter(memories -> memories.memoryCount() > 0)
        .map(memories -> memories.getMemory(0).limits().initialPages())
        .filter(pages -> pages > limits.memoryPages())
        .ifPresent(
            pages -> {
              throw new ModuleException(
                  Kind.LIMIT,
                  "its memory starts with %d pages, and %d are allowed"
                      .formatted(pages, limits.memoryPages()));
            });
  }

  /**
   * Chicory lets all instances share one count of a table's entries, which {@code table.grow}
   * changes.
   */
  private static TableInstance tableOfItsOwn(Table table, int initialValue) {
    TableLimits limits = new TableLimits(table.limits().min(), table.limits().max());
    return new TableInstance(new Table(table.elementType(), limits), initialValue);
  }

  private ImportValues link(List<HostImport> offered, ChicoryInstance instance) {
    ImportValues.Builder values = ImportValues.builder();
    for (FunctionImport wanted : signatures.imports()) {
      values.addFunction(link(wanted, wanted.findIn(offered), instance));
    }
    return values.build();
  }

  private static ImportFunction link(
      FunctionImport wanted, HostImport host, ChicoryInstance instance) {
    boolean givesResult = !wanted.signature().results().isEmpty();
    return new HostFunction(
        wanted.module(),
        wanted.name(),
        Signatures.chicory(wanted.signature()),
        (caller, arguments) -> instance.callHost(host, givesResult, arguments));
  }

  @Override
  public List<Integer> functionsRunningIn(Throwable thrown) {
    return GuestFrames.functionsIn(thrown, signatures.imports().size());
  }

  /** The classes go when the last instance has gone. */
  @Override
  public void close() {
    closed = true;
  }
}
