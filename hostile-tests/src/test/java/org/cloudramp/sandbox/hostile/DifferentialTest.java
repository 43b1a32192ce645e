package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.FunctionSignature.NumberType;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.testkit.engine.GuestThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Modules that Binaryen made of noise, on every engine: what the gate lets in must give the same
 * results, traps, calls of the host, memory and globals. {@code NOISE=600} in the environment of
 * the build makes more than the short form has; every run makes the same.
 */
@Timeout(7_200)
class DifferentialTest {
  private static final Duration BUDGET = Duration.ofSeconds(5);

  /** In the words of the specification. */
  private static final List<String> TRAPS =
      List.of(
          "unreachable",
          "out of bounds memory access",
          "undefined element",
          "uninitialized element",
          "indirect call type mismatch",
          "integer divide by zero",
          "integer overflow",
          "invalid conversion to integer",
          "call stack exhausted");

  private final Map<String, Integer> tally = new TreeMap<>();
  private final List<String> differences = new ArrayList<>();

  @Test
  void allEnginesAgree() throws Exception {
    GuestThread.call(
        () -> {
          try (WasmEngine chicory = Engines.start("chicory");
              WasmEngine endive = Engines.start("endive");
              WasmEngine wasmtime = Engines.start("wasmtime")) {
            int seed = 0;
            for (; DifferentialTest.class.getResource("noise/" + seed + ".wasm") != null; seed++) {
              compare(seed, chicory, endive);
              compare(seed, chicory, wasmtime);
            }
            count("modules made", seed);
          }
          return true;
        });

    Figures.print("differential, in pairs: %s", tally);
    assertThat(differences).isEmpty();
    for (String other : List.of("endive", "wasmtime")) {
      assertThat(tally.getOrDefault("modules compared with " + other, 0))
          .as(other)
          .isGreaterThanOrEqualTo(10);
    }
  }

  private void compare(int seed, WasmEngine first, WasmEngine second) {
    byte[] gated;
    try {
      gated = Engines.gated(Made.bytes("noise/" + seed + ".wasm"));
    } catch (ModuleException e) {
      count("refused by the gate: " + String.valueOf(e.getMessage()).replaceAll(".*: ", ""), 1);
      return;
    }
    try (Side one = new Side(first, gated);
        Side other = new Side(second, gated)) {
      if (!one.start().equals(other.start())) {
        differences.add(
            "module %d: %s on %s, but %s on %s"
                .formatted(seed, one.start(), first.name(), other.start(), second.name()));
      } else if (one.runs()) {
        count("modules compared with " + second.name(), 1);
        run(seed, one, other);
      }
    }
  }

  private void run(int seed, Side one, Side other) {
    Random random = new Random(seed);
    for (int pass = 0; pass < 2; pass++) {
      for (String export : new TreeSet<>(one.exports().keySet())) {
        if (export.startsWith("sandbox:")) {
          continue; // the gate's own
        }
        FunctionSignature signature = one.signature(export);
        long[] arguments = signature.parameters().stream().mapToLong(t -> any(random, t)).toArray();
        String ofOne = one.call(export, arguments);
        String ofOther = other.call(export, arguments);
        if (ofOne.contains("exhausted") || ofOther.contains("exhausted")) {
          // How deep a stack is, the specification leaves open; so is what was done before its end.
          count("ended by an exhausted stack", 1);
          return;
        }
        String state = ofOne.equals(ofOther) ? difference(one, other) : "";
        if (!ofOne.equals(ofOther) || !state.isEmpty()) {
          differences.add(
              "module %d, %s%s: %s, but %s on %s %s"
                  .formatted(
                      seed, export, Arrays.toString(arguments), ofOne, ofOther, other, state));
          return;
        }
        count(ofOne.startsWith("trap") ? "calls that trapped" : "calls that returned", 1);
      }
    }
  }

  private static String difference(Side one, Side other) {
    if (!one.heard.equals(other.heard)) {
      return "; calls of the host differ";
    }
    byte[] oneMemory = one.memory();
    byte[] otherMemory = other.memory();
    int at = Arrays.mismatch(oneMemory, otherMemory);
    return at < 0 ? "" : "; memory differs at " + at;
  }

  private void count(String what, int times) {
    tally.merge(what, times, Integer::sum);
  }

  private static long any(Random random, NumberType type) {
    long bits = random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(200) - 100;
    return switch (type) {
      case I32 -> (int) bits;
      case I64 -> bits;
      case F32 -> Float.floatToRawIntBits((float) bits / 3);
      case F64 -> Double.doubleToRawLongBits((double) bits / 3);
    };
  }

  /** One module on one engine. */
  private static final class Side implements AutoCloseable {
    private final List<String> heard = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final String engine;
    private final String start;
    private Map<String, FunctionSignature> exports = Map.of();
    private Instance instance = new Nothing();

    Side(WasmEngine engine, byte[] gated) {
      this.engine = engine.name();
      String start = "";
      try {
        CompiledModule module = engine.compile(gated);
        opened.add(0, module);
        exports = module.exports();
        instance = Engines.instantiate(module, this::hear);
        opened.add(0, instance);
      } catch (ModuleException e) {
        start = "refused as " + e.kind();
      }
      this.start = start;
    }

    private long hear(FunctionImport target, long[] arguments) {
      StringBuilder call = new StringBuilder(target.name());
      for (int i = 0; i < arguments.length; i++) {
        call.append(' ').append(number(target.signature().parameters().get(i), arguments[i]));
      }
      heard.add(call.toString());
      return 0;
    }

    String start() {
      return start;
    }

    boolean runs() {
      return start.isEmpty();
    }

    Map<String, FunctionSignature> exports() {
      return exports;
    }

    FunctionSignature signature(String export) {
      FunctionSignature signature = exports.get(export);
      if (signature == null) {
        throw new IllegalArgumentException(export);
      }
      return signature;
    }

    String call(String export, long[] arguments) {
      GuestFunction function = instance.function(export).orElseThrow();
      List<NumberType> results = signature(export).results();
      try {
        long result = function.call(BUDGET, arguments);
        return results.isEmpty() ? "returns" : "gives " + number(results.get(0), result);
      } catch (GuestException e) {
        return e.kind() == GuestException.Kind.TRAPPED ? "trap: " + trap(e) : e.toString();
      }
    }

    /** The trap's name; each engine has some words of its own around it. */
    private static String trap(GuestException e) {
      String message = String.valueOf(e.getMessage());
      return TRAPS.stream().filter(message::contains).findFirst().orElse(message);
    }

    byte[] memory() {
      Memory memory = instance.memory();
      byte[] all = new byte[memory.pages() * Memory.PAGE_BYTES];
      memory.read(0, all, 0, all.length);
      return all;
    }

    /** All NaNs are one: the specification lets engines choose their bits. */
    private static String number(NumberType type, long bits) {
      return switch (type) {
        case I32 -> Integer.toString((int) bits);
        case I64 -> Long.toString(bits);
        case F32 -> Integer.toHexString(Float.floatToIntBits(Float.intBitsToFloat((int) bits)));
        case F64 -> Long.toHexString(Double.doubleToLongBits(Double.longBitsToDouble(bits)));
      };
    }

    @Override
    public String toString() {
      return engine;
    }

    @Override
    public void close() {
      for (AutoCloseable each : opened) {
        try {
          each.close();
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  /** In the place of an instance that was not made. */
  private static final class Nothing implements Instance {
    @Override
    public java.util.Optional<GuestFunction> function(String export) {
      return java.util.Optional.empty();
    }

    @Override
    public Memory memory() {
      throw new IllegalStateException("there is no instance");
    }

    @Override
    public void close() {}
  }
}
