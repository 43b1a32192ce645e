package org.cloudramp.sandbox.engine.wasmtime;

import io.github.kawamuray.wasmtime.Disposable;
import io.github.kawamuray.wasmtime.Extern;
import io.github.kawamuray.wasmtime.Func;
import io.github.kawamuray.wasmtime.Module;
import io.github.kawamuray.wasmtime.Store;
import io.github.kawamuray.wasmtime.Val;
import io.github.kawamuray.wasmtime.WasmFunctionError;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.FunctionSignature.NumberType;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.ModuleException.Kind;
import org.jspecify.annotations.Nullable;

/** One instance, alone in a store of its own, so that closing it frees all it ever took. */
final class WasmtimeInstance implements Instance {
  /**
   * JNI keeps a few references for each of them until the call of the guest returns. One more than
   * a host allows by default, so that the host can say which limit it is.
   */
  static final int MAX_HOST_CALLS = 10_001;

  private final Store<Void> store;
  private final Ticker ticker;
  private final ModuleSections.Description description;
  private final StoreGuard guard = new StoreGuard(this::free);

  /** Handles of things in the store: each is a bit of native memory besides it. */
  private final List<Disposable> handles = new ArrayList<>();

  /** A look-up takes memory in the store until its end, so each export is looked up once. */
  private final Map<String, WasmtimeFunction> functions = new HashMap<>();

  private io.github.kawamuray.wasmtime.@Nullable Instance guest;
  private WasmtimeMemory memory = WasmtimeMemory.none(guard);

  // Of the current call.
  private boolean calling;
  private long deadline;
  private int hostCalls;
  private @Nullable Throwable thrownByHost;

  private WasmtimeInstance(
      Store<Void> store, Ticker ticker, ModuleSections.Description description) {
    this.store = store;
    this.ticker = ticker;
    this.description = description;
  }

  static WasmtimeInstance make(
      Handles handles,
      Module module,
      ModuleSections.Description description,
      List<HostImport> imports) {
    WasmtimeInstance instance =
        new WasmtimeInstance(
            new Store<>(null, handles.instantiating()), handles.ticker(), description);
    try {
      instance.link(module, imports);
      return instance;
    } catch (OutOfMemoryError e) {
      instance.close();
      throw new GuestException(GuestException.Kind.MEMORY, "there is no memory for an instance", e);
    } catch (Throwable e) {
      instance.close();
      throw refusal(e);
    }
  }

  private static RuntimeException refusal(Throwable e) {
    String message = String.valueOf(e.getMessage());
    // All that Wasmtime says of a memory that the system does not give.
    if (message.contains("mmap") || message.contains("mprotect")) {
      return new GuestException(
          GuestException.Kind.MEMORY, "there is no memory for an instance: " + message, e);
    }
    return new ModuleException(Kind.MALFORMED, "no instance can be made: " + message, e);
  }

  private void link(Module module, List<HostImport> imports) {
    List<Extern> externs = new ArrayList<>();
    for (HostImport host : imports) {
      FunctionSignature signature = host.target().signature();
      externs.add(
          Extern.fromFunc(
              keep(
                  new Func(
                      store,
                      Values.type(signature),
                      (caller, parameters, results) ->
                          callHost(host, signature, parameters, results)))));
    }
    guest = keep(new io.github.kawamuray.wasmtime.Instance(store, module, externs));
    if (description.exportsMemory()) {
      memory =
          new WasmtimeMemory(guard, store, keep(guest.getMemory(store, "memory").orElseThrow()));
    }
  }

  private <T extends Disposable> T keep(T handle) {
    handles.add(handle);
    return handle;
  }

  @Override
  public Optional<GuestFunction> function(String export) {
    FunctionSignature signature = description.exports().get(export);
    guard.enter();
    try {
      if (signature == null || guest == null) {
        return Optional.empty();
      }
      WasmtimeFunction known = functions.get(export);
      if (known == null) {
        Func function = keep(guest.getFunc(store, export).orElseThrow());
        known = new WasmtimeFunction(this, function, signature);
        functions.put(export, known);
      }
      return Optional.of(known);
    } finally {
      guard.leave();
    }
  }

  @Override
  public Memory memory() {
    guard.enter();
    try {
      if (!description.exportsMemory()) {
        throw new ModuleException(Kind.UNLINKABLE, "the module exports no memory named 'memory'");
      }
      return memory;
    } finally {
      guard.leave();
    }
  }

  @Override
  public void close() {
    guard.close();
  }

  /** Called by the guard, once, with nobody inside. */
  private void free() {
    for (Disposable handle : handles) {
      handle.dispose();
    }
    store.dispose();
  }

  // Calls

  /**
   * Calls a function of the guest.
   *
   * @param budget in nanoseconds
   */
  Val[] call(Func function, long budget, Val[] arguments) {
    guard.enter();
    try {
      if (calling) {
        throw new IllegalStateException("the instance is in the middle of another call");
      }
      StackProbe.begin();
      try {
        ticker.begin();
        try {
          calling = true;
          memory.guestRuns();
          hostCalls = 0;
          thrownByHost = null;
          deadline = System.nanoTime() + budget;
          store.setEpochDeadline(Ticker.ticks(budget));
          return function.call(store, arguments);
        } finally {
          calling = false;
          memory.guestRuns();
          ticker.end();
        }
      } finally {
        StackProbe.end();
      }
    } finally {
      guard.leave();
    }
  }

  /** Whether the current or last call has used up its budget. */
  boolean isLate() {
    return System.nanoTime() - deadline >= 0;
  }

  /** What a host function threw in the last call, if that is how it ended. */
  @Nullable Throwable thrownByHost() {
    return thrownByHost;
  }

  /** The way of every call from the guest to its host. */
  private void callHost(
      HostImport host, FunctionSignature signature, Val[] parameters, Val[] results) {
    try {
      if (++hostCalls > MAX_HOST_CALLS) {
        throw new GuestException(
            GuestException.Kind.QUOTA,
            "more than %d host calls in one hook, which this engine does not allow, whatever limits.hostCalls says"
                .formatted(MAX_HOST_CALLS));
      }
      memory.guestRuns();
      long result = host.call(memory, Values.toBits(parameters));
      if (!signature.results().isEmpty()) {
        results[0] = Values.fromBits(signature.results().get(0), result);
        for (int i = 1; i < results.length; i++) {
          results[i] = Values.fromBits(signature.results().get(i), 0);
        }
      }
    } catch (Throwable e) {
      // Native code carries only a message. The throwable takes another way; see WasmtimeFunction.
      thrownByHost = e;
      throw new WasmFunctionError("thrown by the host");
    }
    if (isLate()) {
      throw new WasmFunctionError("the time is up");
    }
  }

  /** How numbers look to the binding. */
  static final class Values {
    private Values() {}

    static io.github.kawamuray.wasmtime.FuncType type(FunctionSignature signature) {
      return new io.github.kawamuray.wasmtime.FuncType(
          types(signature.parameters()), types(signature.results()));
    }

    private static Val.Type[] types(List<NumberType> types) {
      return types.stream()
          .map(
              type ->
                  switch (type) {
                    case I32 -> Val.Type.I32;
                    case I64 -> Val.Type.I64;
                    case F32 -> Val.Type.F32;
                    case F64 -> Val.Type.F64;
                  })
          .toArray(Val.Type[]::new);
    }

    static Val fromBits(NumberType type, long bits) {
      return switch (type) {
        case I32 -> Val.fromI32((int) bits);
        case I64 -> Val.fromI64(bits);
        case F32 -> Val.fromF32(Float.intBitsToFloat((int) bits));
        case F64 -> Val.fromF64(Double.longBitsToDouble(bits));
      };
    }

    static long toBits(Val value) {
      return switch (value.getType()) {
        case I32 -> value.i32();
        case I64 -> value.i64();
        case F32 -> Float.floatToRawIntBits(value.f32());
        case F64 -> Double.doubleToRawLongBits(value.f64());
        default -> throw new IllegalStateException(value.getType() + " is no number");
      };
    }

    static long[] toBits(Val[] values) {
      long[] bits = new long[values.length];
      for (int i = 0; i < bits.length; i++) {
        bits[i] = toBits(values[i]);
      }
      return bits;
    }
  }
}
