package org.cloudramp.sandbox.core.replay;

import java.time.Duration;
import java.util.OptionalInt;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.cloudramp.sandbox.core.abi.GuestProgram;
import org.cloudramp.sandbox.core.abi.GuestState;
import org.cloudramp.sandbox.core.abi.ModuleExports;
import org.cloudramp.sandbox.core.gate.CheckedModule;
import org.cloudramp.sandbox.core.gate.ModuleGate;
import org.cloudramp.sandbox.core.recording.RecordedModule;
import org.jspecify.annotations.Nullable;

/** The module that takes the place of a recorded one, and no more than one instance of it. */
final class ReplayedModule implements AutoCloseable {
  /** Generous, because code that has just been compiled is slow. */
  private static final Duration TIME_TO_START = Duration.ofSeconds(10);

  private final GuestProgram program;
  private final boolean isTheRecordedOne;
  private @Nullable GuestInstance instance;

  ReplayedModule(WasmEngine engine, ModuleGate gate, RecordedModule recorded, byte[] wasm) {
    CheckedModule checked =
        gate.withMemoryPages(recorded.memoryPages()).withStateAccess().check(wasm);
    GuestProgram.requireMemory(new Exports(checked));
    CompiledModule compiled = engine.compile(checked.wasm().toArray());
    try {
      program =
          GuestProgram.of(
              compiled,
              new Exports(checked),
              checked.names()::of,
              new InstanceLimits(recorded.memoryPages()),
              recorded.requestBytes());
    } catch (Throwable e) {
      compiled.close();
      throw e;
    }
    isTheRecordedOne = Digest.of(wasm).equals(recorded.digest());
  }

  private record Exports(CheckedModule checked) implements ModuleExports {
    @Override
    public boolean has(String name) {
      return checked.exports(name);
    }

    @Override
    public boolean hasMemory(String name) {
      return checked.exportsMemory(name);
    }

    @Override
    public OptionalInt accessibleGlobals() {
      return checked.accessibleGlobals();
    }
  }

  GuestProgram program() {
    return program;
  }

  /** Whether it has the digest that the recording says. */
  boolean isTheRecordedOne() {
    return isTheRecordedOne;
  }

  /** The instance of the hook before; null if that is gone. */
  @Nullable GuestInstance instance() {
    return instance;
  }

  /** An instance as it is after its initialisation. */
  GuestInstance fresh() {
    GuestInstance before = instance;
    if (before != null && before.restore(TIME_TO_START)) {
      return before;
    }
    forget();
    GuestInstance made = program.instantiate(TIME_TO_START, null);
    instance = made;
    return made;
  }

  /** An instance in that state; null if it cannot get into it. */
  @Nullable GuestInstance in(GuestState state) {
    GuestInstance made = fresh();
    if (made.become(state, TIME_TO_START)) {
      return made;
    }
    forget();
    return null;
  }

  /** The instance is in no known state. */
  void forget() {
    GuestInstance before = instance;
    instance = null;
    if (before != null) {
      before.close();
    }
  }

  @Override
  public void close() {
    forget();
    program.close();
  }
}
