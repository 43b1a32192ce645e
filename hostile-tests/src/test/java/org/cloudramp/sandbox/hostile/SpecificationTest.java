package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.FunctionSignature.NumberType;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.testkit.engine.GuestThread;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The WebAssembly specification's own tests, through gate and engine: see {@code
 * src/test/spec/README.md}. What a script asks of a module that the gate refuses, or that is not
 * the last one, or that cannot be seen through our interface, is counted and not asked.
 */
@Timeout(300)
class SpecificationTest {
  private static final Duration PLENTY = Duration.ofSeconds(30);

  /**
   * An operation on a signalling NaN must give a quiet one. Min, max, ceil, floor and trunc of
   * Chicory and Endive do not; guests can see that only by the bits.
   */
  private static final String SIGNALLING = "a signalling NaN";

  /** What happened to the commands of all scripts, by engine. */
  private static final Map<String, Map<String, Integer>> TALLY = new TreeMap<>();

  /**
   * Where we differ.
   *
   * @param engine which of them does, or all
   * @param script which script's command does not hold
   * @param line where it stands
   * @param why in the words of docs/security.md
   */
  private record Difference(String engine, String script, int line, String why) {}

  private static final String NEWER =
      "the script is of the first version of the specification; a later one takes the module";
  private static final String CAPPED =
      "it grows a memory beyond the 256 pages that the gate allows";
  private static final String SIGN_OF_NAN =
      "f32.abs on the JVM is Java's Math.abs, which leaves the sign of a NaN on Java 17";

  /** Later versions of Java mask the sign's bit, as WebAssembly does. */
  private static final boolean JAVA_KEEPS_SIGN_OF_NAN = Runtime.version().feature() < 18;

  private static final List<Difference> KNOWN =
      List.of(
          new Difference("all", "func", 492, NEWER),
          new Difference("all", "func", 496, NEWER),
          new Difference("all", "type", 52, NEWER),
          new Difference("all", "type", 56, NEWER),
          new Difference("all", "unreached-invalid", 538, NEWER),
          new Difference("all", "memory_grow", 45, CAPPED),
          new Difference("all", "memory_grow", 48, CAPPED),
          new Difference("all", "call_indirect", 574, CAPPED),
          new Difference("chicory", "f32_bitwise", 350, SIGN_OF_NAN),
          new Difference("chicory", "float_misc", 593, SIGN_OF_NAN),
          new Difference("endive", "f32_bitwise", 350, SIGN_OF_NAN),
          new Difference("endive", "float_misc", 593, SIGN_OF_NAN));

  static List<Arguments> scripts() {
    List<Arguments> all = new ArrayList<>();
    for (String engine : Engines.NAMES) {
      for (String script : Made.lines("spec/index.txt")) {
        all.add(Arguments.of(script, engine));
      }
    }
    return all;
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("scripts")
  void isKept(String script, String engine) throws Exception {
    Map<Integer, String> broken =
        GuestThread.call(
            () -> {
              try (WasmEngine started = Engines.start(engine)) {
                return new Run(script, started).all();
              }
            });

    Set<Integer> known =
        KNOWN.stream()
            .filter(d -> d.script().equals(script))
            .filter(d -> d.engine().equals("all") || d.engine().equals(engine))
            .filter(d -> JAVA_KEEPS_SIGN_OF_NAN || !d.why().equals(SIGN_OF_NAN))
            .map(Difference::line)
            .collect(Collectors.toSet());
    assertThat(broken.entrySet()).filteredOn(entry -> !known.contains(entry.getKey())).isEmpty();
    assertThat(broken.keySet()).as("differences that are known").containsAll(known);
  }

  @AfterAll
  static void printTally() {
    TALLY.forEach((engine, counts) -> Figures.print("specification on %s: %s", engine, counts));
  }

  /** One script on one engine. */
  private static final class Run {
    private final String script;
    private final WasmEngine engine;
    private final Map<Integer, String> broken = new TreeMap<>();
    private @Nullable CompiledModule module;
    private @Nullable Instance instance;

    Run(String script, WasmEngine engine) {
      this.script = script;
      this.engine = engine;
    }

    Map<Integer, String> all() {
      for (String line : Made.lines("spec/" + script + ".txt")) {
        String[] fields = line.split("\t", -1);
        try {
          command(fields);
        } catch (RuntimeException e) {
          differs(fields, e.toString());
        }
      }
      forget();
      return broken;
    }

    private void command(String[] fields) {
      switch (fields[0]) {
        case "module" -> module(fields);
        case "nomodule" -> {
          forget();
          count("not converted");
        }
        case "malformed", "invalid" -> refused(fields);
        case "skip" -> count("not converted");
        default -> call(fields);
      }
    }

    private void module(String[] fields) {
      forget();
      try {
        make(Base64.getDecoder().decode(fields[2]));
        count("modules");
      } catch (ModuleException e) {
        // The scripts have start sections and imported memories, which we refuse.
        count("modules that the gate refuses");
      }
    }

    private void make(byte[] wasm) {
      byte[] gated = Engines.gated(wasm);
      module = engine.compile(gated);
      instance = Engines.instantiate(module, (target, arguments) -> 0);
    }

    private void refused(String[] fields) {
      forget();
      try {
        make(Base64.getDecoder().decode(fields[2]));
        differs(fields, "was to be refused: " + fields[3]);
      } catch (ModuleException e) {
        count("refused as it has to be");
      } finally {
        forget();
      }
    }

    private void call(String[] fields) {
      String export = new String(HexFormat.of().parseHex(fields[2]), StandardCharsets.UTF_8);
      Optional<GuestFunction> function =
          instance == null ? Optional.empty() : instance.function(export);
      if (function.isEmpty() || module == null) {
        count("of a refused module");
        return;
      }
      FunctionSignature signature = module.exports().get(export);
      if (signature == null) {
        throw new AssertionError("an export without a type");
      }
      long[] arguments =
          Arrays.stream(fields[3].split(",", -1))
              .filter(s -> !s.isEmpty())
              .mapToLong(Run::bits)
              .toArray();
      String wanted = fields.length > 4 ? fields[4] : "";
      String actual;
      try {
        long result = function.get().call(PLENTY, arguments);
        actual =
            signature.results().isEmpty()
                ? ""
                : asWanted(signature.results().get(0), result, wanted);
        if (actual.equals(SIGNALLING) && Engines.ON_THE_JVM.contains(engine.name())) {
          count("NaNs that stay signalling");
          return;
        }
      } catch (GuestException e) {
        actual = e.kind() == GuestException.Kind.TRAPPED ? "trap" : e.toString();
      }
      boolean kept =
          switch (fields[0]) {
            case "invoke" -> true;
            case "trap", "exhaustion" -> actual.equals("trap");
            default -> actual.equals(wanted.split(",", 2)[0]);
          };
      if (kept) {
        count("asserted");
      } else {
        differs(fields, "%s(%s) is %s, not %s".formatted(export, fields[3], actual, wanted));
      }
    }

    private void differs(String[] fields, String how) {
      broken.put(Integer.valueOf(fields[1]), fields[0] + ": " + how);
    }

    private static long bits(String typed) {
      return Long.parseLong(typed.substring(typed.indexOf(':') + 1));
    }

    /** The result in the script's form: a number by its bits, or the class of a NaN if wanted. */
    private static String asWanted(NumberType type, long result, String wanted) {
      long bits = type == NumberType.I32 || type == NumberType.F32 ? result & 0xffff_ffffL : result;
      if (wanted.startsWith("nan:")) {
        long quiet = type == NumberType.F32 ? 0x7fc0_0000L : 0x7ff8_0000_0000_0000L;
        long sign = type == NumberType.F32 ? 0x8000_0000L : Long.MIN_VALUE;
        boolean is =
            wanted.equals("nan:canonical") ? (bits & ~sign) == quiet : (bits & quiet) == quiet;
        boolean number =
            (bits & ~sign) <= (type == NumberType.F32 ? 0x7f80_0000L : 0x7ff0_0000_0000_0000L);
        return is ? wanted : number ? Long.toHexString(bits) : SIGNALLING;
      }
      return type.name().toLowerCase(java.util.Locale.ROOT) + ":" + bits;
    }

    private void forget() {
      if (instance != null) {
        instance.close();
        instance = null;
      }
      if (module != null) {
        module.close();
        module = null;
      }
    }

    private void count(String what) {
      synchronized (TALLY) {
        TALLY.computeIfAbsent(engine.name(), e -> new TreeMap<>()).merge(what, 1, Integer::sum);
      }
    }
  }
}
