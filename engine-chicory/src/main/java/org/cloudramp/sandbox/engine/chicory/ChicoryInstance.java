package org.cloudramp.sandbox.engine.chicory;

import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.jspecify.annotations.Nullable;

/** One instance, and the passage between its guest and its host. */
final class ChicoryInstance implements Instance {
  private static final long[] NO_RESULT = {};

  private final Map<String, FunctionSignature> exports;
  private final TimeBudget budget;
  private ChicoryMemory memory = ChicoryMemory.none();
  private boolean exportsMemory;
  private com.dylibso.chicory.runtime.@Nullable Instance guest;

  /** What a host function threw in the current call, so that it can come out as it was thrown. */
  private @Nullable Throwable thrownByHost;

  ChicoryInstance(Map<String, FunctionSignature> exports, Watchdog watchdog) {
    this.exports = exports;
    this.budget = new TimeBudget(watchdog);
  }

  /** The second half of the constructor: Chicory's instance needs our host functions first. */
  void use(com.dylibso.chicory.runtime.Instance guest) {
    this.guest = guest;
    var exported = guest.module().exportSection();
    for (int i = 0; i < exported.exportCount(); i++) {
      var export = exported.getExport(i);
      if (export.name().equals("memory")
          && export.exportType() == com.dylibso.chicory.wasm.types.ExternalType.MEMORY) {
        memory = new ChicoryMemory((ArrayMemory) guest.memory(export.index()));
        exportsMemory = true;
      }
    }
  }

  @Override
  public Optional<GuestFunction> function(String export) {
    com.dylibso.chicory.runtime.Instance guest = open();
    return Optional.ofNullable(exports.get(export))
        .map(
            signature ->
                new ChicoryFunction(
                    this, guest.export(export), budget, signature.parameters().size()));
  }

  @Override
  public Memory memory() {
    open();
    if (!exportsMemory) {
      throw new ModuleException(
          ModuleException.Kind.UNLINKABLE, "the module exports no memory named 'memory'");
    }
    return memory;
  }

  @Override
  public void close() {
    guest = null;
    memory.close();
    budget.close();
  }

  /** Chicory's instance. */
  com.dylibso.chicory.runtime.Instance open() {
    com.dylibso.chicory.runtime.Instance guest = this.guest;
    if (guest == null) {
      throw new IllegalStateException("the instance is closed");
    }
    return guest;
  }

  /** The way of every call from the guest to its host. */
  long[] callHost(HostImport host, boolean givesResult, long[] arguments) {
    budget.enterHost();
    long result;
    try {
      result = host.call(memory, arguments);
    } catch (Throwable e) {
      thrownByHost = e;
      throw e;
    } finally {
      budget.leaveHost();
    }
    budget.resumeGuest();
    return givesResult ? new long[] {result} : NO_RESULT;
  }

  /** What a host function threw since this was asked last. */
  @Nullable Throwable takeThrownByHost() {
    Throwable thrown = thrownByHost;
    thrownByHost = null;
    return thrown;
  }
}
