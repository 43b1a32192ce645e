package org.cloudramp.sandbox.core.module;

import com.github.benmanes.caffeine.cache.Ticker;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.abi.GuestProgram;
import org.cloudramp.sandbox.core.abi.ModuleExports;
import org.cloudramp.sandbox.core.function.Endpoint;
import org.cloudramp.sandbox.core.function.FunctionCatalogue;
import org.cloudramp.sandbox.core.gate.CheckedModule;
import org.cloudramp.sandbox.core.gate.ModuleGate;
import org.cloudramp.sandbox.core.table.ModuleTable;
import org.cloudramp.sandbox.core.warmup.WarmUp;
import org.jspecify.annotations.Nullable;

/**
 * Turns bytes into a module that runs: digest, gate, compile, link, initialise; or code that is
 * still here into one: initialise. Thread-safe. Blocks, but for {@link #loadAtOnce} and {@link
 * #isClosedAtOnce}: call it on a thread that may wait.
 *
 * <p>Compilers cannot be interrupted: whoever calls bounds how many run at a time.
 */
public final class ModuleLoader implements ModuleTable.Loader<LoadedModule> {
  /**
   * What modules may take.
   *
   * @param limits of a service's
   * @param idleInstances how many a module keeps that belong to no room
   * @param sharesRooms whether the rooms of a service may be on several servers
   */
  public record Allowance(
      Function<ServiceId, Limits> limits, int idleInstances, Predicate<ServiceId> sharesRooms) {}

  /** What an instance takes in the larger of the engines, beside what is counted. */
  private static final int INSTANCE_BYTES = 16 << 10;

  private static final int TABLE_ENTRY_BYTES = 16;
  private static final int GLOBAL_BYTES = 48;
  private static final int MODULE_BYTES = 128 << 10;
  private static final int CODE_FACTOR = 4;

  /** So often that all classes are there, and no longer. */
  private static final int ROUNDS_WHILE_SOMEBODY_WAITS = 3;

  /** So often that HotSpot has compiled what each hook runs; it begins at 200 calls. */
  private static final int ROUNDS_WITHOUT_HURRY = 300;

  /** To close one takes a microsecond, or some of a native engine. */
  private static final int MAX_IDLE_AT_ONCE = 32;

  private final ModuleStore store;
  private final ModuleGate gate;
  private final WasmEngine engine;
  private final FunctionCatalogue functions;
  private final Allowance allowance;
  private final GuestMemory memory;
  private final CompileAdmission compiles;
  private final CodeCache codes;
  private final WarmUp warmUp;
  private final Predicate<ServiceId> isRecorded;
  private final ColdTime coldTime = new ColdTime(Ticker.systemTicker());

  /**
   * A loader that has loaded nothing yet.
   *
   * @param isRecorded of which services the state of an instance has to be readable
   */
  public ModuleLoader(
      ModuleStore store,
      ModuleGate gate,
      WasmEngine engine,
      FunctionCatalogue functions,
      Allowance allowance,
      GuestMemory memory,
      CompileAdmission compiles,
      CodeCache codes,
      WarmUp warmUp,
      Predicate<ServiceId> isRecorded) {
    this.store = store;
    this.gate = gate;
    this.engine = engine;
    this.functions = functions;
    this.allowance = allowance;
    this.memory = memory;
    this.compiles = compiles;
    this.codes = codes;
    this.warmUp = warmUp;
    this.isRecorded = isRecorded;
  }

  @Override
  public LoadedModule load(ModuleVersion version) {
    CompiledVersion kept = codes.acquire(version);
    CompiledVersion code = kept != null ? kept : compile(version, fetch(version));
    LoadedModule module = initializeOrRelease(code);
    if (kept == null) {
      module.warmUp(warmUp, ROUNDS_WHILE_SOMEBODY_WAITS);
    }
    return module;
  }

  @Override
  public @Nullable LoadedModule loadAtOnce(ModuleVersion version) {
    CompiledVersion code = codes.acquireIfAtOnce(version);
    return code == null ? null : initializeOrRelease(code);
  }

  @Override
  public boolean isClosedAtOnce(LoadedModule module) {
    return module.idleInstances() <= MAX_IDLE_AT_ONCE;
  }

  private LoadedModule initializeOrRelease(CompiledVersion code) {
    try {
      return initialize(code);
    } catch (Throwable e) {
      codes.release(code);
      throw e;
    }
  }

  private byte[] fetch(ModuleVersion version) {
    byte[] wasm = store.load(version);
    Digest actual = Digest.of(wasm);
    if (!actual.equals(version.digest())) {
      throw new ModuleException(
          ModuleException.Kind.INTEGRITY,
          "%s: the store gave bytes whose digest is %s; publish the module again"
              .formatted(version, actual.abbreviated()));
    }
    return wasm;
  }

  /**
   * Goes all the way with a module. Its code is kept for the first who needs it.
   *
   * @param wasm the bytes that the version's digest is of
   * @throws ModuleException if it could not be loaded, with the reason by name
   * @throws GuestException if it could not be initialised
   */
  public void check(ModuleVersion version, byte[] wasm) {
    makeReady(version, () -> wasm);
  }

  /**
   * Makes sure that the code of a version is here and warm, for whoever needs it next.
   *
   * @throws SandboxException if it cannot be loaded
   */
  void preload(ModuleVersion version) {
    makeReady(version, () -> fetch(version));
  }

  private void makeReady(ModuleVersion version, Supplier<byte[]> wasm) {
    CompiledVersion kept = codes.acquire(version);
    CompiledVersion code = kept != null ? kept : compile(version, wasm.get());
    LoadedModule module;
    try {
      module = initialize(code);
    } catch (Throwable e) {
      codes.discard(code);
      throw e;
    }
    if (kept == null) {
      module.warmUp(warmUp, ROUNDS_WITHOUT_HURRY);
    }
    module.close();
  }

  private CompiledVersion compile(ModuleVersion version, byte[] wasm) {
    try {
      int memoryPages = allowance.limits().apply(version.service()).memoryPages();
      ModuleGate own = gate.withMemoryPages(memoryPages);
      CheckedModule checked =
          (isRecorded.test(version.service()) ? own.withStateAccess() : own).check(wasm);
      if (checked.accessibleGlobals().isEmpty()
          && storedBytes(version.service()) > 0
          && GuestProgram.keepsRoomMemory(exportsOf(checked))) {
        checked = own.withStateAccess().check(wasm);
      }
      GuestProgram.requireMemory(exportsOf(checked));
      return link(version, checked, compile(checked));
    } catch (ModuleException e) {
      throw new ModuleException(e.kind(), version + ": " + e.getMessage(), e);
    } catch (GuestException e) {
      throw cannotInitialize(version, e);
    }
  }

  private LoadedModule initialize(CompiledVersion code) {
    Limits limits = allowance.limits().apply(code.version().service());
    long start = System.nanoTime();
    try {
      LoadedModule module =
          new LoadedModule(
              code,
              new LoadedModule.Allowance(
                  limits.time(),
                  limits.initializeTime(),
                  allowance.idleInstances(),
                  storedBytes(code.version().service())),
              memory,
              coldTime,
              () -> codes.release(code));
      code.initialized(System.nanoTime() - start);
      return module;
    } catch (ModuleException e) {
      throw new ModuleException(e.kind(), code.version() + ": " + e.getMessage(), e);
    } catch (GuestException e) {
      throw cannotInitialize(code.version(), e);
    }
  }

  /** How much of the memory of a room is kept in the store. */
  private long storedBytes(ServiceId service) {
    return allowance.sharesRooms().test(service)
        ? allowance.limits().apply(service).roomMemoryBytes()
        : 0;
  }

  private static GuestException cannotInitialize(ModuleVersion version, GuestException e) {
    return new GuestException(
        e.kind(), "%s cannot be initialised: %s".formatted(version, e.getMessage()), e);
  }

  private static ModuleExports exportsOf(CheckedModule checked) {
    return new ModuleExports() {
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
    };
  }

  private CompiledModule compile(CheckedModule checked) {
    try {
      return compiles.compile(
          checked.wasm().size(), () -> engine.compile(checked.wasm().toArray()));
    } catch (SandboxException e) {
      throw e;
    } catch (Throwable e) { // parsers and compilers fail in every way there is
      throw new ModuleException(
          ModuleException.Kind.MALFORMED, "engine '%s' failed: %s".formatted(engine.name(), e), e);
    }
  }

  private static long overheadBytes(CheckedModule checked) {
    return INSTANCE_BYTES
        + (long) TABLE_ENTRY_BYTES * checked.tableEntries()
        + (long) GLOBAL_BYTES * checked.globals();
  }

  /**
   * What the engine says it keeps of a module; if it does not say, a bound by the module's size.
   */
  private static long codeBytes(CheckedModule checked, CompiledModule compiled) {
    long retained = compiled.retainedBytes();
    return MODULE_BYTES
        + checked.names().bytes()
        + (retained == CompiledModule.UNKNOWN
            ? (long) CODE_FACTOR * checked.wasm().size()
            : retained);
  }

  private CompiledVersion link(
      ModuleVersion version, CheckedModule checked, CompiledModule compiled) {
    try {
      List<Endpoint> endpoints = functions.link(version.service(), compiled.imports());
      Limits limits = allowance.limits().apply(version.service());
      GuestProgram program =
          GuestProgram.of(
              compiled,
              exportsOf(checked),
              checked.names()::of,
              new InstanceLimits(limits.memoryPages()),
              limits.requestBytes());
      return codes.add(
          version,
          program,
          endpoints,
          new CompiledVersion.Footprint(
              codeBytes(checked, compiled),
              (long) checked.maximumMemoryPages() * Memory.PAGE_BYTES,
              overheadBytes(checked)));
    } catch (Throwable e) {
      compiled.close();
      throw e;
    }
  }
}
