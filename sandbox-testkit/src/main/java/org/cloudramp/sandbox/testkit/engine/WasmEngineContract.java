package org.cloudramp.sandbox.testkit.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.cloudramp.sandbox.api.engine.Memory.PAGE_BYTES;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.FunctionSignature.NumberType;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.testkit.Guests;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every engine does. Extend it, answer {@link #engine()}, and declare what yours cannot do in
 * {@link #gaps()}: the tests of a gap are reported as skipped and name it.
 */
@Timeout(120)
@ExtendWith(OnGuestThread.class)
public abstract class WasmEngineContract {
  /** Enough for every guest here. */
  protected static final InstanceLimits LIMITS = new InstanceLimits(16);

  /** Longer than any call here takes that is meant to come back. */
  protected static final Duration PLENTY = Duration.ofSeconds(30);

  /** For calls that are meant not to come back. */
  protected static final Duration SHORT = Duration.ofMillis(20);

  /** Something that an engine may not be able to do. */
  public enum Gap {
    /**
     * It caps a memory only by the maximum that the module declares; see {@link InstanceLimits}.
     */
    CAPS_GROWTH_BY_INSTANCE,
    /**
     * Between two bulk operations on memory without a loop or call it does not look at the time.
     */
    STOPS_BETWEEN_BULK_OPERATIONS,
    /** After a number of host calls it ends a call with kind quota, before its time is up. */
    MANY_HOST_CALLS
  }

  private final List<AutoCloseable> opened = new ArrayList<>();
  private WasmEngine engine = engine();

  /** A new engine, not started. */
  protected abstract WasmEngine engine();

  /** What this engine cannot do. */
  protected Set<Gap> gaps() {
    return Set.of();
  }

  @BeforeEach
  final void startEngine() {
    engine.start(PluginContext.empty());
  }

  @AfterEach
  final void closeAll() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
    engine.close();
  }

  // Results

  @Test
  void integersComeBackAsTheyAre() {
    Instance instance = instance("engine/numbers");

    assertThat((int) call(instance, "addI32", 2, 3)).isEqualTo(5);
    assertThat((int) call(instance, "addI32", Integer.MAX_VALUE, 1)).isEqualTo(Integer.MIN_VALUE);
    assertThat(call(instance, "addI64", Long.MIN_VALUE, -1)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theUpperHalfOfAnI32MeansNothing() {
    Instance instance = instance("engine/numbers");

    assertThat((int) call(instance, "addI32", 0x7fff_ffff_0000_0002L, -1L)).isEqualTo(1);
    assertThat(call(instance, "unsignedI32", -1)).isEqualTo(0xffff_ffffL);
    assertThat(call(instance, "unsignedI32", 0x1_0000_0001L)).isEqualTo(1);
  }

  @Test
  void floatsComeBackAsTheirRawBits() {
    Instance instance = instance("engine/numbers");

    assertThat(Float.intBitsToFloat((int) call(instance, "addF32", bits(0.5f), bits(0.25f))))
        .isEqualTo(0.75f);
    assertThat(Double.longBitsToDouble(call(instance, "addF64", bits(0.1), bits(0.2))))
        .isEqualTo(0.1 + 0.2);
    for (int f32 : new int[] {0, 0x8000_0000, 0x7f80_0000, 0x7fc0_0123, 1}) {
      assertThat((int) call(instance, "sameF32", f32)).isEqualTo(f32);
      assertThat((int) call(instance, "bitsOfF32", f32)).isEqualTo(f32);
    }
    for (long f64 : new long[] {0, Long.MIN_VALUE, 0x7ff8_0000_0000_0123L, 1}) {
      assertThat(call(instance, "sameF64", f64)).isEqualTo(f64);
      assertThat(call(instance, "bitsOfF64", f64)).isEqualTo(f64);
    }
  }

  @Test
  void argumentsOfAllTypesTogether() {
    Instance instance = instance("engine/numbers");

    long sum = call(instance, "all", -1, 1L << 40, bits(0.5f), bits(0.25));

    assertThat(Double.longBitsToDouble(sum)).isEqualTo(-1 + (double) (1L << 40) + 0.75);
  }

  @Test
  void aFunctionWithoutResultGivesZero() {
    assertThat(call(instance("engine/numbers"), "nothing")).isZero();
  }

  @Test
  void aFunctionWithTwoResultsGivesTheFirst() {
    assertThat((int) call(instance("engine/numbers"), "two")).isEqualTo(1);
  }

  @Test
  void aFunctionCanBeCalledOften() {
    GuestFunction add = function(instance("engine/numbers"), "addI32");

    int sum = 0;
    for (int i = 0; i < 10_000; i++) {
      sum = (int) add.call(PLENTY, sum, 1);
    }

    assertThat(sum).isEqualTo(10_000);
  }

  @Test
  void whatIsNoFunctionIsNotFound() {
    Instance instance = instance("engine/numbers");

    assertThat(instance.function("absent")).isEmpty();
    assertThat(instance.function("notAFunction")).isEmpty();
    assertThat(instance.function("")).isEmpty();
  }

  @Test
  void wrongArgumentsAreRefusedAndDoNoHarm() {
    Instance instance = instance("engine/numbers");
    GuestFunction add = function(instance, "addI32");

    assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> add.call(PLENTY));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> add.call(PLENTY, 1, 2, 3));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> add.call(Duration.ZERO, 1, 2));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> add.call(Duration.ofNanos(-1), 1, 2));
    assertThat((int) add.call(PLENTY, 1, 2)).isEqualTo(3);
  }

  @Test
  void aBudgetMayBeLongerThanAnybodyLives() {
    GuestFunction add = function(instance("engine/numbers"), "addI32");

    assertThat((int) add.call(Duration.ofSeconds(Long.MAX_VALUE), 1, 2)).isEqualTo(3);
  }

  // Compiling and linking

  @Test
  void importsAreListedInOrder() {
    assertThat(compile("engine/imports").imports())
        .containsExactly(
            new FunctionImport("host", "nothing", FunctionSignature.NOTHING),
            new FunctionImport(
                "host",
                "sum",
                new FunctionSignature(
                    List.of(NumberType.I32, NumberType.I64), List.of(NumberType.I64))),
            new FunctionImport(
                "other",
                "scale",
                new FunctionSignature(
                    List.of(NumberType.F32, NumberType.F64), List.of(NumberType.F64))),
            new FunctionImport(
                "other",
                "half",
                new FunctionSignature(List.of(NumberType.F32), List.of(NumberType.F32))),
            new FunctionImport(
                "other",
                "negate",
                new FunctionSignature(List.of(NumberType.I32), List.of(NumberType.I32))));
  }

  @Test
  void exportedFunctionsAreListedWithTheirTypes() {
    assertThat(compile("engine/memory").exports())
        .containsOnlyKeys("grow", "size", "load", "store", "fill", "copy", "count")
        .containsEntry(
            "store", new FunctionSignature(List.of(NumberType.I32, NumberType.I32), List.of()))
        .containsEntry("size", new FunctionSignature(List.of(), List.of(NumberType.I32)));
  }

  @Test
  void numbersPassBetweenGuestAndHost() {
    Instance instance = instance("engine/imports", imports());

    call(instance, "callNothing");
    assertThat(call(instance, "callSum", -1, 1L << 40)).isEqualTo((1L << 40) - 1);
    assertThat(Double.longBitsToDouble(call(instance, "callScale", bits(0.5f), bits(8.0))))
        .isEqualTo(4.0);
    assertThat(Float.intBitsToFloat((int) call(instance, "callHalf", bits(3f)))).isEqualTo(1.5f);
    assertThat((int) call(instance, "callNegate", 7)).isEqualTo(-7);
  }

  @Test
  void importsMayComeInAnyOrderAndBeMoreThanNeeded() {
    List<HostImport> imports = new ArrayList<>(imports());
    imports.add(0, host("host", "unwanted", (memory, arguments) -> 0));
    Collections.reverse(imports);

    Instance instance = instance("engine/imports", imports);

    assertThat((int) call(instance, "callNegate", 7)).isEqualTo(-7);
  }

  @Test
  void aMissingImportIsNamed() {
    CompiledModule module = compile("engine/imports");
    List<HostImport> imports = new ArrayList<>(imports());
    imports.removeIf(host -> host.target().name().equals("scale"));

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> module.instantiate(imports, LIMITS))
        .withMessageContaining("other.scale")
        .returns(ModuleException.Kind.UNLINKABLE, ModuleException::kind);
  }

  @Test
  void anImportOfAnotherTypeIsNamed() {
    CompiledModule module = compile("engine/imports");
    List<HostImport> imports = new ArrayList<>(imports());
    imports.removeIf(host -> host.target().name().equals("scale"));
    imports.add(host("other", "scale", (memory, arguments) -> 0));

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> module.instantiate(imports, LIMITS))
        .withMessageContaining("other.scale")
        .returns(ModuleException.Kind.UNLINKABLE, ModuleException::kind);
  }

  @Test
  void aModuleThatIsCutShortIsRefused() {
    byte[] whole = Guests.wasm("engine/traps");
    // 8 bytes are a module without sections, and valid.
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      Throwable thrown = catchThrowable(() -> engine.compile(cut).close());
      if (thrown != null) {
        assertThat(thrown).isInstanceOf(ModuleException.class);
      } else {
        assertThat(length).isGreaterThanOrEqualTo(8);
      }
    }
  }

  @Test
  void mutantsAreRefusedWithTypedErrorsOrCompile() {
    byte[] whole = Guests.wasm("trap");
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      byte[] mutant = whole.clone();
      mutant[8 + random.nextInt(mutant.length - 8)] = (byte) random.nextInt(256);
      Throwable thrown = catchThrowable(() -> engine.compile(mutant).close());
      assertThat(thrown)
          .satisfiesAnyOf(
              t -> assertThat(t).isNull(), t -> assertThat(t).isInstanceOf(ModuleException.class));
    }
  }

  @Test
  void operandTypesAreChecked() {
    // i32.add with nothing on the stack
    byte[] wasm = module(typeAndFunction(), code((byte) 0x6a, (byte) 0x1a));

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> engine.compile(wasm))
        .returns(ModuleException.Kind.MALFORMED, ModuleException::kind);
  }

  @Test
  void aStartSectionIsRefused() {
    byte[] wasm = module(typeAndFunction(), new byte[] {8, 1, 0}, code());

    assertThatExceptionOfType(ModuleException.class).isThrownBy(() -> engine.compile(wasm));
  }

  @Test
  void anImportThatIsNoFunctionIsRefused() {
    // (import "a" "b" (memory 1 1))
    byte[] wasm = module(new byte[] {2, 9, 1, 1, 'a', 1, 'b', 2, 1, 1, 1});

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> engine.compile(wasm).instantiate(List.of(), LIMITS))
        .withMessageContaining("a.b");
  }

  @Test
  void aSegmentThatDoesNotFitIsRefused() {
    CompiledModule module = compile("engine/segment-does-not-fit");

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> module.instantiate(List.of(), LIMITS));
  }

  @Test
  void theBytesOfAModuleAreNotKept() {
    byte[] wasm = Guests.wasm("engine/memory");
    byte[] before = wasm.clone();
    CompiledModule module = open(engine.compile(wasm));
    assertThat(wasm).isEqualTo(before);
    Arrays.fill(wasm, (byte) 0);

    Instance instance = open(module.instantiate(List.of(), LIMITS));

    assertThat(text(instance.memory(), 8, 4)).isEqualTo("wasm");
    assertThat(call(instance, "count")).isEqualTo(2);
  }

  // Traps

  @ParameterizedTest(name = "{0}({1}, {2}, {3}) traps: {4}")
  @CsvSource({
    "unreachable, , , , unreachable",
    "load, -4, , , out of bounds memory access",
    "load, 65533, , , out of bounds memory access",
    "load, 2147483647, , , out of bounds memory access",
    "load, -2147483648, , , out of bounds memory access",
    "load8, 65536, , , out of bounds memory access",
    "load64, 65529, , , out of bounds memory access",
    "store, 65533, , , out of bounds memory access",
    "storeF64, -1, , , out of bounds memory access",
    "loadFarOffset, 8, , , out of bounds memory access",
    "loadOffset, 2147483647, , , out of bounds memory access",
    "loadOffset, 0, , , out of bounds memory access",
    "fill, 65535, 2, , out of bounds memory access",
    "fill, 65537, 0, , out of bounds memory access",
    "fill, 16, -8, , out of bounds memory access",
    "copy, 0, 65535, 2, out of bounds memory access",
    "copy, 65535, 0, 2, out of bounds memory access",
    "copy, 16, 8, -4, out of bounds memory access",
    "init, 0, 6, 2, out of bounds memory access",
    "init, 65535, 0, 2, out of bounds memory access",
    "initActive, , , , out of bounds memory access",
    "callIndirect, 1, , , uninitialized element",
    "callIndirect, 3, , , undefined element",
    "callIndirect, -1, , , undefined element",
    "callIndirectWrongType, , , , indirect call type mismatch",
    "divideI32, 1, 0, , integer divide by zero",
    "divideI32, -2147483648, -1, , integer overflow",
    "divideUnsignedI32, 1, 0, , integer divide by zero",
    "divideI64, 1, 0, , integer divide by zero",
    "divideI64, -9223372036854775808, -1, , integer overflow",
    "remainderI32, 1, 0, , integer divide by zero",
    "remainderI64, 1, 0, , integer divide by zero",
    "truncateF64, 9221120237041090560, , , invalid conversion to integer", // NaN
    "truncateF64, 4890909195324358656, , , integer overflow", // 2^63
  })
  void aTrapSaysWhich(
      String function, @Nullable Long a, @Nullable Long b, @Nullable Long c, String expected) {
    CompiledModule module = compile("engine/traps");
    Instance instance = open(module.instantiate(List.of(), LIMITS));
    long[] arguments =
        Stream.of(Optional.ofNullable(a), Optional.ofNullable(b), Optional.ofNullable(c))
            .flatMap(Optional::stream)
            .mapToLong(Long::longValue)
            .toArray();

    assertTraps(() -> call(instance, function, arguments), expected);

    instance.close();
    assertThat((int) call(open(module.instantiate(List.of(), LIMITS)), "number")).isEqualTo(42);
  }

  @Test
  void whatIsJustInBoundsDoesNotTrap() {
    Instance instance = instance("engine/traps");

    assertThat((int) call(instance, "load", 65532)).isZero();
    call(instance, "fill", 65536, 0);
    call(instance, "copy", 65536, 65536, 0);
    call(instance, "init", 65536, 7, 0);
    assertThat((int) call(instance, "callIndirect", 0)).isEqualTo(42);
    assertThat((int) call(instance, "remainderI32", Integer.MIN_VALUE, -1)).isZero();
  }

  @Test
  void aTrapOfABulkOperationHasNoEffect() {
    Instance instance = instance("engine/traps");

    assertTraps(() -> call(instance, "fill", 65530, 100), "out of bounds memory access");

    assertThat(instance.memory().readInt(65532)).isZero();
  }

  @Test
  void endlessRecursionIsSurvivedAThousandTimes() {
    CompiledModule module = compile("engine/traps");
    for (int i = 0; i < 1_000; i++) {
      try (Instance instance = module.instantiate(List.of(), LIMITS)) {
        assertTraps(() -> call(instance, "recurse", 0), "stack exhausted");
      }
    }
  }

  @Test
  void endlessRecursionWithLargeFramesIsSurvived() {
    CompiledModule module = compile("engine/traps");
    for (int i = 0; i < 100; i++) {
      try (Instance instance = module.instantiate(List.of(), LIMITS)) {
        assertTraps(() -> call(instance, "recurseWide", 0, 1, 2, 3, 4, 5, 6, 7), "stack exhausted");
      }
    }
  }

  // Budget

  @ParameterizedTest
  @ValueSource(
      strings = {
        "loop",
        "loopIf",
        "loopTable",
        "loopStores",
        "tree",
        "treeIndirect",
        "callHostThenLoop"
      })
  void whatDoesNotComeBackIsStopped(String function) {
    CompiledModule module = compile("engine/endless");
    boolean takesNumber = function.equals("loopIf") || function.equals("loopStores");
    long[] arguments = takesNumber ? new long[] {0} : new long[0];

    for (int i = 0; i < 3; i++) {
      Instance instance = open(module.instantiate(List.of(idleHost()), LIMITS));

      assertDeadline(() -> function(instance, function).call(SHORT, arguments));

      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      instance.close();
    }
    Instance fresh = open(module.instantiate(List.of(idleHost()), LIMITS));
    assertThat((int) call(fresh, "number")).isEqualTo(42);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void aLoopOfHostCallsIsStopped() {
    Instance instance = instance("engine/endless", List.of(idleHost()));

    // Where a quota ends the loop, the budget must not be what ends it first, however slow the
    // machine.
    Duration budget =
        gaps().contains(Gap.MANY_HOST_CALLS) ? Duration.ofSeconds(60) : Duration.ofMillis(200);

    Throwable thrown = catchThrowable(() -> function(instance, "loopHost").call(budget));

    assertThat(thrown).isInstanceOf(GuestException.class);
    GuestException.Kind kind = ((GuestException) thrown).kind();
    if (gaps().contains(Gap.MANY_HOST_CALLS)) {
      printGap(Gap.MANY_HOST_CALLS);
      assertThat(kind).isEqualTo(GuestException.Kind.QUOTA);
    } else {
      assertThat(kind).isEqualTo(GuestException.Kind.DEADLINE);
    }
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void straightLineBulkOperationsAreStopped() {
    int pages = gaps().contains(Gap.STOPS_BETWEEN_BULK_OPERATIONS) ? 16 : 256;
    CompiledModule module = open(engine.compile(fills(3_000, pages)));
    Instance instance = open(module.instantiate(List.of(), new InstanceLimits(pages)));

    assertDeadline(() -> function(instance, "fill").call(SHORT));

    if (gaps().contains(Gap.STOPS_BETWEEN_BULK_OPERATIONS)) {
      printGap(Gap.STOPS_BETWEEN_BULK_OPERATIONS);
    } else {
      assertThat(instance.memory().readInt(0)).as("the last fill's bytes").isNotEqualTo(0x07070707);
    }
  }

  @Test
  void aBudgetThatIsUsedUpInAHostFunctionEndsTheCall() {
    AtomicBoolean interrupted = new AtomicBoolean();
    HostImport slow =
        host(
            "host",
            "call",
            (memory, arguments) -> {
              long end = System.nanoTime() + 10 * SHORT.toNanos();
              while (System.nanoTime() - end < 0) {
                if (Thread.currentThread().isInterrupted()) {
                  interrupted.set(true);
                }
                Thread.onSpinWait();
              }
              return 0;
            });
    Instance instance = instance("engine/endless", List.of(slow));

    assertDeadline(() -> function(instance, "callHostOnce").call(SHORT));

    assertThat(interrupted).as("a host function is never interrupted").isFalse();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void anInterruptFromBeforeTheCallIsKeptAndDoesNotStopTheGuest() {
    Instance instance = instance("engine/endless", List.of(idleHost()));
    GuestFunction spin = function(instance, "spin");

    Thread.currentThread().interrupt();
    Throwable thrown = catchThrowable(() -> spin.call(PLENTY, 1_000));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown).isNull();
  }

  @Test
  void anInterruptDuringAHostFunctionIsKeptAndDoesNotStopTheGuest() {
    HostImport interrupts =
        host(
            "host",
            "call",
            (memory, arguments) -> {
              Thread.currentThread().interrupt();
              return 0;
            });
    Instance instance = instance("engine/endless", List.of(interrupts));
    GuestFunction once = function(instance, "callHostOnce");

    Throwable thrown = catchThrowable(() -> once.call(PLENTY));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown).isNull();
  }

  @Test
  void anInterruptByOthersIsKeptWhenTheBudgetIsUsedUpAsWell() {
    HostImport interrupts =
        host(
            "host",
            "call",
            (memory, arguments) -> {
              Thread.currentThread().interrupt();
              return 0;
            });
    Instance instance = instance("engine/endless", List.of(interrupts));

    Throwable thrown = catchThrowable(() -> function(instance, "callHostThenLoop").call(SHORT));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown).isInstanceOf(GuestException.class);
  }

  @Test
  void noInterruptArrivesAfterACallThatEndsAboutInTime() {
    CompiledModule module = compile("engine/endless");
    Random random = new Random(7);
    Instance instance = open(module.instantiate(List.of(idleHost()), LIMITS));
    GuestFunction spin = function(instance, "spin");
    int stopped = 0;
    for (int i = 0; i < 300; i++) {
      try {
        spin.call(Duration.ofNanos(1 + random.nextInt(3_000_000)), 1 + random.nextInt(40_000_000));
      } catch (GuestException e) {
        assertThat(e.kind()).isEqualTo(GuestException.Kind.DEADLINE);
        stopped++;
        instance.close();
        instance = open(module.instantiate(List.of(idleHost()), LIMITS));
        spin = function(instance, "spin");
      }
      // An interrupt that comes late would be seen here, or in the next round.
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
    assertThat(stopped).as("calls that were stopped").isPositive();
  }

  // Memory

  @Test
  void hostAndGuestSeeTheSameMemory() {
    Instance instance = instance("engine/memory");
    Memory memory = instance.memory();

    assertThat(memory.pages()).isEqualTo(1);
    assertThat(text(memory, 8, 4)).isEqualTo("wasm");
    memory.writeInt(100, 0x01020304);
    assertThat((int) call(instance, "load", 100)).isEqualTo(0x01020304);
    assertThat((int) call(instance, "load", 101)).isEqualTo(0x00010203);
    call(instance, "store", 65532, -2);
    assertThat(memory.readInt(65532)).isEqualTo(-2);
    memory.write(200, "xguestx".getBytes(US_ASCII), 1, 5);
    assertThat(text(memory, 199, 7)).isEqualTo("\0guest\0");
  }

  @Test
  void whatIsOutOfBoundsIsRefusedAndHasNoEffect() {
    Instance instance = instance("engine/memory");
    Memory memory = instance.memory();
    byte[] bytes = "0123456789".getBytes(US_ASCII);

    for (int address : new int[] {65533, 65536, Integer.MAX_VALUE, Integer.MIN_VALUE, -4, -1}) {
      assertOutOfBounds(() -> memory.readInt(address));
      assertOutOfBounds(() -> memory.writeInt(address, -1));
    }
    for (int address : new int[] {65527, 65536, Integer.MAX_VALUE, Integer.MIN_VALUE, -10, -1}) {
      assertOutOfBounds(() -> memory.read(address, bytes, 0, 10));
      assertOutOfBounds(() -> memory.write(address, bytes, 0, 10));
    }
    assertOutOfBounds(() -> memory.read(0, bytes, 0, -1));
    assertOutOfBounds(() -> memory.write(0, bytes, 0, -1));
    assertOutOfBounds(() -> memory.read(0, bytes, 5, 6));
    assertOutOfBounds(() -> memory.write(0, bytes, 5, 6));
    assertOutOfBounds(() -> memory.read(0, bytes, -1, 2));
    assertOutOfBounds(() -> memory.write(0, bytes, -1, 2));
    assertOutOfBounds(() -> memory.read(65537, bytes, 0, 0));

    assertThat(bytes).isEqualTo("0123456789".getBytes(US_ASCII));
    assertThat(text(memory, 65520, 16)).isEqualTo("\0".repeat(16));
    assertThat(text(memory, 0, 8)).isEqualTo("\0".repeat(8));
    memory.read(65536, bytes, 0, 0);
    memory.write(65526, bytes, 0, 10);
    assertThat(text(memory, 65526, 10)).isEqualTo("0123456789");
  }

  @Test
  void memoryGrowsToItsMaximumAndNoFurther() {
    Instance instance = instance("engine/memory");

    assertThat((int) call(instance, "grow", 3)).isEqualTo(1);
    assertThat((int) call(instance, "size")).isEqualTo(4);
    assertThat(instance.memory().pages()).isEqualTo(4);
    assertThat((int) call(instance, "grow", 13)).isEqualTo(-1);
    assertThat((int) call(instance, "grow", -1)).isEqualTo(-1);
    assertThat((int) call(instance, "grow", Integer.MIN_VALUE)).isEqualTo(-1);
    assertThat((int) call(instance, "grow", 12)).isEqualTo(4);
    assertThat((int) call(instance, "grow", 1)).isEqualTo(-1);
    assertThat((int) call(instance, "grow", 0)).isEqualTo(16);
    assertThat(instance.memory().readInt(16 * PAGE_BYTES - 4)).isZero();
  }

  @Test
  void memoryGrowsToTheLimitOfTheInstance() {
    assumeNo(Gap.CAPS_GROWTH_BY_INSTANCE);
    Instance instance =
        open(compile("engine/memory").instantiate(List.of(), new InstanceLimits(2)));

    assertThat((int) call(instance, "grow", 2)).isEqualTo(-1);
    assertThat((int) call(instance, "grow", 1)).isEqualTo(1);
    assertThat((int) call(instance, "grow", 1)).isEqualTo(-1);
  }

  @Test
  void aMemoryIsNeverLargerThanTheLimitOfTheInstance() {
    CompiledModule module = compile("engine/three-pages");

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> module.instantiate(List.of(), new InstanceLimits(2)))
        .withMessageContaining("2")
        .returns(ModuleException.Kind.LIMIT, ModuleException::kind);
    assertThat(open(module.instantiate(List.of(), new InstanceLimits(3))).memory().pages())
        .isEqualTo(3);
  }

  @Test
  void aHostSeesMemoryAsItIsAfterItHasGrown() {
    AtomicInteger calls = new AtomicInteger();
    AtomicReference<Memory> first = new AtomicReference<>();
    HostImport nothing =
        host(
            "host",
            "nothing",
            (memory, arguments) -> {
              first.compareAndSet(null, memory);
              int call = calls.incrementAndGet();
              for (Memory seen : List.of(memory, first.get())) {
                assertThat(seen.pages()).isEqualTo(call);
                assertThat(seen.readInt(call * PAGE_BYTES - 4)).isEqualTo(call);
                seen.writeInt(call * PAGE_BYTES - 8, 10 * call);
                assertOutOfBounds(() -> seen.readInt(call * PAGE_BYTES));
              }
              return 0;
            });
    List<HostImport> imports = new ArrayList<>(imports());
    imports.set(0, nothing);
    Instance instance = instance("engine/imports", imports);
    Memory before = instance.memory();

    call(instance, "growBetweenCalls");

    assertThat(calls).hasValue(2);
    for (Memory memory : List.of(before, instance.memory())) {
      assertThat(memory.readInt(PAGE_BYTES - 8)).isEqualTo(10);
      assertThat(memory.readInt(2 * PAGE_BYTES - 8)).isEqualTo(20);
    }
  }

  @Test
  void aModuleThatExportsNoMemoryHasNone() {
    AtomicInteger pages = new AtomicInteger(-1);
    HostImport host =
        host(
            "host",
            "call",
            (memory, arguments) -> {
              assertOutOfBounds(() -> memory.readInt(0));
              pages.set(memory.pages());
              return 0;
            });
    Instance instance = instance("engine/no-memory", List.of(host));

    call(instance, "callHost");

    assertThat(pages).hasValue(0);
    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(instance::memory)
        .returns(ModuleException.Kind.UNLINKABLE, ModuleException::kind);
  }

  @Test
  void anImageRestoresEveryInstanceOfItsModule() {
    CompiledModule module = compile("engine/memory");
    Instance source = open(module.instantiate(List.of(), LIMITS));
    source.memory().writeInt(65532, 7);
    Memory.Image image = source.memory().capture();
    source.memory().writeInt(65532, 8);
    call(source, "store", 0, -1);
    Instance other = open(module.instantiate(List.of(), LIMITS));
    call(other, "store", 4, -1);

    for (Instance instance : List.of(source, other)) {
      for (int i = 0; i < 3; i++) {
        assertThat(instance.memory().restore(image)).isTrue();

        assertThat(instance.memory().readInt(65532)).isEqualTo(7);
        assertThat((int) call(instance, "load", 0)).isZero();
        assertThat((int) call(instance, "load", 4)).isZero();
        assertThat(text(instance.memory(), 8, 4)).isEqualTo("wasm");
        call(instance, "fill", 0, i, 65536);
      }
    }
    assertThat(image.size()).isEqualTo(PAGE_BYTES);
  }

  @Test
  void restoringUndoesGrowthOrSaysThatItCannot() {
    CompiledModule module = compile("engine/memory");
    Instance instance = open(module.instantiate(List.of(), LIMITS));
    Memory.Image image = instance.memory().capture();
    call(instance, "grow", 2);
    call(instance, "store", 100, 1);

    boolean restored = instance.memory().restore(image);

    if (restored) {
      assertThat(instance.memory().pages()).isEqualTo(1);
      assertThat((int) call(instance, "size")).isEqualTo(1);
      assertThat((int) call(instance, "load", 100)).isZero();
      assertOutOfBounds(() -> instance.memory().readInt(PAGE_BYTES));
      // and what it grows again is clean
      assertThat((int) call(instance, "grow", 1)).isEqualTo(1);
      assertThat((int) call(instance, "load", PAGE_BYTES)).isZero();
    }
  }

  @Test
  void anImageOfAGrownMemoryRestoresASmallerOneOrSaysThatItCannot() {
    CompiledModule module = compile("engine/memory");
    Instance grown = open(module.instantiate(List.of(), LIMITS));
    call(grown, "grow", 2);
    call(grown, "store", 3 * PAGE_BYTES - 4, 7);
    Memory.Image image = grown.memory().capture();
    Instance small = open(module.instantiate(List.of(), LIMITS));

    boolean restored = small.memory().restore(image);

    assertThat(image.size()).isEqualTo(3 * PAGE_BYTES);
    if (restored) {
      assertThat((int) call(small, "size")).isEqualTo(3);
      assertThat((int) call(small, "load", 3 * PAGE_BYTES - 4)).isEqualTo(7);
    }
  }

  @Test
  void anImageOfAnotherEngineIsRefused() {
    Memory memory = instance("engine/memory").memory();

    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> memory.restore(() -> PAGE_BYTES));
  }

  // Host functions

  @Test
  void whatAHostFunctionThrowsComesOutAsItIs() {
    CompiledModule module = compile("engine/endless");
    for (Throwable thrown :
        List.of(
            new IllegalStateException("of the host"),
            new IndexOutOfBoundsException("of the host, not of the guest"),
            new GuestException(GuestException.Kind.QUOTA, "of the host"),
            new OutOfMemoryError("of the host, not of the guest"),
            new AssertionError("of the host"),
            new IOException("checked, and thrown all the same"))) {
      HostImport host =
          host(
              "host",
              "call",
              (memory, arguments) -> {
                throw WasmEngineContract.<RuntimeException>asItIs(thrown);
              });
      Instance instance = open(module.instantiate(List.of(host), LIMITS));

      Throwable caught = catchThrowable(() -> call(instance, "loopHost"));

      assertThat(caught).isSameAs(thrown);
      instance.close();
    }
  }

  @Test
  void aHostFunctionCannotEnterItsGuestAgain() {
    AtomicReference<GuestFunction> number = new AtomicReference<>();
    HostImport host =
        host("host", "call", (memory, arguments) -> requireNonNull(number.get()).call(PLENTY));
    Instance instance = instance("engine/endless", List.of(host));
    number.set(function(instance, "number"));

    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> call(instance, "callHostOnce"));
  }

  @Test
  void aHostFunctionMayCallAnotherGuest() {
    Instance inner = instance("engine/numbers");
    HostImport host = host("host", "call", (memory, arguments) -> call(inner, "addI32", 1, 2));
    Instance outer = instance("engine/endless", List.of(host));

    assertThat(call(outer, "callHostOnce")).isZero();
  }

  // Many at once

  @Test
  void instancesDoNotShareAnything() {
    CompiledModule module = compile("engine/memory");
    Instance one = open(module.instantiate(List.of(), LIMITS));
    Instance other = open(module.instantiate(List.of(), LIMITS));

    for (int i = 0; i < 10; i++) {
      call(one, "count");
    }
    call(one, "grow", 1);

    assertThat((int) call(other, "count")).isEqualTo(2);
    assertThat((int) call(other, "size")).isEqualTo(1);
    assertThat((int) call(one, "count")).isEqualTo(22);
  }

  @Test
  void aTableThatHasGrownIsNotLargerElsewhere() {
    CompiledModule module = compile("engine/traps");
    Instance grown = open(module.instantiate(List.of(), LIMITS));

    assertThat((int) call(grown, "growTable")).isEqualTo(3);
    assertThat((int) call(grown, "growTable")).isEqualTo(-1);

    assertThat((int) call(grown, "tableSize")).isEqualTo(4);
    assertThat((int) call(open(module.instantiate(List.of(), LIMITS)), "tableSize")).isEqualTo(3);
  }

  @Test
  void manyInstancesOfOneModuleRunOnManyThreads() {
    CompiledModule module = compile("engine/memory");
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int thread = 0; thread < 8; thread++) {
      int mark = 1 + thread;
      threads.add(
          GuestThread.start(
              () -> {
                for (int round = 0; round < 25; round++) {
                  try (Instance instance = module.instantiate(List.of(), LIMITS)) {
                    GuestFunction count = function(instance, "count");
                    instance.memory().writeInt(100, mark);
                    for (int i = 1; i <= 200; i++) {
                      assertThat((int) count.call(PLENTY)).isEqualTo(2 * i);
                    }
                    assertThat((int) call(instance, "load", 100)).isEqualTo(mark);
                  }
                }
                return null;
              }));
    }
    threads.forEach(CompletableFuture::join);
  }

  @Test
  void modulesCompileOnManyThreads() {
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (String guest : List.of("engine/traps", "engine/memory", "engine/numbers", "echo")) {
      threads.add(
          GuestThread.start(
              () -> {
                for (int i = 0; i < 5; i++) {
                  engine.compile(Guests.wasm(guest)).close();
                }
                return null;
              }));
    }
    threads.forEach(CompletableFuture::join);
  }

  @Test
  void anInstanceMayMoveFromThreadToThread() throws Exception {
    Instance instance = instance("engine/memory");
    GuestFunction count = function(instance, "count");

    for (int i = 1; i <= 20; i++) {
      assertThat((int) (long) GuestThread.call(() -> count.call(PLENTY))).isEqualTo(2 * i);
    }
  }

  @Test
  void budgetsOfManyThreadsDoNotDisturbEachOther() {
    CompiledModule module = compile("engine/endless");
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      boolean endless = thread % 2 == 0;
      threads.add(
          GuestThread.start(
              () -> {
                for (int i = 0; i < 5; i++) {
                  try (Instance instance = module.instantiate(List.of(idleHost()), LIMITS)) {
                    if (endless) {
                      assertDeadline(() -> function(instance, "loop").call(SHORT));
                    } else {
                      for (int n = 0; n < 200; n++) {
                        function(instance, "spin").call(PLENTY, 10_000);
                      }
                    }
                    assertThat(Thread.currentThread().isInterrupted()).isFalse();
                  }
                }
                return null;
              }));
    }
    threads.forEach(CompletableFuture::join);
  }

  // Ends

  @Test
  void afterItsCloseAnInstanceRefusesEverything() {
    Instance instance = instance("engine/memory");
    GuestFunction size = function(instance, "size");
    Memory memory = instance.memory();
    Memory.Image image = memory.capture();
    byte[] bytes = new byte[4];

    instance.close();
    instance.close();

    for (ThrowingCallable use :
        List.<ThrowingCallable>of(
            () -> instance.function("size"),
            instance::memory,
            () -> size.call(PLENTY),
            memory::pages,
            () -> memory.readInt(0),
            () -> memory.writeInt(0, 1),
            () -> memory.read(0, bytes, 0, 4),
            () -> memory.write(0, bytes, 0, 4),
            memory::capture,
            () -> memory.restore(image))) {
      assertThatExceptionOfType(IllegalStateException.class).isThrownBy(use);
    }
  }

  @Test
  void anImageOutlivesTheInstanceItWasTakenFrom() {
    CompiledModule module = compile("engine/memory");
    Instance instance = open(module.instantiate(List.of(), LIMITS));
    instance.memory().writeInt(0, 7);
    Memory.Image image = instance.memory().capture();
    instance.close();
    Instance other = open(module.instantiate(List.of(), LIMITS));

    assertThat(other.memory().restore(image)).isTrue();

    assertThat(other.memory().readInt(0)).isEqualTo(7);
  }

  @Test
  void anInstanceOutlivesItsModule() {
    CompiledModule module = compile("engine/memory");
    Instance instance = open(module.instantiate(List.of(), LIMITS));

    module.close();
    module.close();

    assertThat((int) call(instance, "count")).isEqualTo(2);
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> module.instantiate(List.of(), LIMITS));
  }

  @Test
  void aHostFunctionMayCloseTheInstanceThatCallsIt() {
    AtomicReference<Instance> self = new AtomicReference<>();
    HostImport closes =
        host(
            "host",
            "call",
            (memory, arguments) -> {
              requireNonNull(self.get()).close();
              return 0;
            });
    Instance instance = instance("engine/endless", List.of(closes));
    self.set(instance);
    GuestFunction once = function(instance, "callHostOnce");

    Throwable thrown = catchThrowable(() -> once.call(PLENTY));

    assertThat(thrown)
        .satisfiesAnyOf(
            t -> assertThat(t).isNull(),
            t -> assertThat(t).isInstanceOf(GuestException.class),
            t -> assertThat(t).isInstanceOf(IllegalStateException.class));
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> once.call(PLENTY));
  }

  @Test
  void anEngineThatNeverStartedCompilesNothingAndCanBeClosed() {
    WasmEngine another = engine();
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> another.compile(Guests.wasm("engine/numbers")));
    another.close();
    another.close();
  }

  @Test
  void noThreadOutlivesItsEngine() throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    WasmEngine another = engine();
    another.start(PluginContext.empty());
    try (CompiledModule module = another.compile(Guests.wasm("engine/endless"))) {
      for (int i = 0; i < 20; i++) {
        try (Instance instance = module.instantiate(List.of(idleHost()), LIMITS)) {
          call(instance, "number");
        }
      }
    }
    Set<Thread> running = Thread.getAllStackTraces().keySet();

    another.close();

    for (Thread thread : running) {
      // The JVM starts threads as well, in a group of their own.
      ThreadGroup group = thread.getThreadGroup();
      if (!before.contains(thread) && group != null && !group.getName().equals("system")) {
        thread.join(10_000);
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }

  @Test
  void theServiceLoaderFindsTheEngineByItsName() {
    assertThat(engine.name()).matches("[a-z][a-zA-Z0-9]{0,31}");
    assertThat(ServiceLoader.load(WasmEngine.class))
        .anyMatch(
            found -> found.name().equals(engine.name()) && found.getClass() == engine.getClass());
  }

  // What tests are made of; a subclass may use it for tests of its own

  /** A module compiled by the engine under test, closed after the test. */
  protected final CompiledModule compile(String guest) {
    return open(engine.compile(Guests.wasm(guest)));
  }

  /** An instance of a guest, closed after the test. */
  protected final Instance instance(String guest, List<HostImport> imports) {
    return open(compile(guest).instantiate(imports, LIMITS));
  }

  /** An instance of a guest without imports, closed after the test. */
  protected final Instance instance(String guest) {
    return instance(guest, List.of());
  }

  /** Closes {@code closeable} after the test. */
  protected final <T extends AutoCloseable> T open(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  /** The function of that name. */
  protected static GuestFunction function(Instance instance, String name) {
    return instance.function(name).orElseThrow();
  }

  /** Calls the function of that name, with plenty of time. */
  protected static long call(Instance instance, String function, long... arguments) {
    return function(instance, function).call(PLENTY, arguments);
  }

  /** The import {@code host.call} of {@code engine/endless}, which does nothing. */
  protected static HostImport idleHost() {
    return host("host", "call", (memory, arguments) -> 0);
  }

  /** A host function of type {@code () -> ()}. */
  protected static HostImport host(String module, String name, HostCode code) {
    return host(new FunctionImport(module, name, FunctionSignature.NOTHING), code);
  }

  /** What a host function does. */
  @FunctionalInterface
  protected interface HostCode {
    /** As {@link HostImport#call}. */
    long call(Memory memory, long... arguments);
  }

  private static HostImport host(FunctionImport target, HostCode code) {
    return new HostImport() {
      @Override
      public FunctionImport target() {
        return target;
      }

      @Override
      public long call(Memory memory, long... arguments) {
        return code.call(memory, arguments);
      }
    };
  }

  /** All that {@code engine/imports} wants. */
  private List<HostImport> imports() {
    return compile("engine/imports").imports().stream()
        .map(
            wanted ->
                host(
                    wanted,
                    switch (wanted.name()) {
                      case "nothing" -> (memory, arguments) -> 0;
                      case "sum" -> (memory, arguments) -> (int) arguments[0] + arguments[1];
                      case "scale" ->
                          (memory, arguments) ->
                              bits(
                                  Float.intBitsToFloat((int) arguments[0])
                                      * Double.longBitsToDouble(arguments[1]));
                      case "half" ->
                          (memory, arguments) -> bits(Float.intBitsToFloat((int) arguments[0]) / 2);
                      case "negate" -> (memory, arguments) -> -(int) arguments[0];
                      default -> throw new AssertionError(wanted);
                    }))
        .toList();
  }

  private void assumeNo(Gap gap) {
    if (gaps().contains(gap)) {
      printGap(gap);
      Assumptions.abort("declared gap: " + gap);
    }
  }

  private void printGap(Gap gap) {
    System.out.println("engine " + engine.name() + ", declared gap: " + gap);
  }

  private static void assertTraps(ThrowingCallable call, String message) {
    assertThatExceptionOfType(GuestException.class)
        .isThrownBy(call)
        .withMessageContaining(message)
        .returns(GuestException.Kind.TRAPPED, GuestException::kind);
  }

  private static void assertDeadline(ThrowingCallable call) {
    assertThatExceptionOfType(GuestException.class)
        .isThrownBy(call)
        .returns(GuestException.Kind.DEADLINE, GuestException::kind);
  }

  private static void assertOutOfBounds(ThrowingCallable access) {
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(access);
  }

  private static String text(Memory memory, int address, int length) {
    byte[] bytes = new byte[length];
    memory.read(address, bytes, 0, length);
    return new String(bytes, US_ASCII);
  }

  private static long bits(float value) {
    return Float.floatToRawIntBits(value);
  }

  private static long bits(double value) {
    return Double.doubleToRawLongBits(value);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T asItIs(Throwable thrown) throws T {
    throw (T) thrown;
  }

  // Modules that the text format cannot say, or only at great length

  private static byte[] module(byte[]... sections) {
    ByteArrayOutputStream wasm = new ByteArrayOutputStream();
    wasm.writeBytes(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
    for (byte[] section : sections) {
      wasm.writeBytes(section);
    }
    return wasm.toByteArray();
  }

  /** One function of type {@code () -> ()}. */
  private static byte[] typeAndFunction() {
    return new byte[] {1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0};
  }

  /** Its body. */
  private static byte[] code(byte... instructions) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(0); // no locals
    body.writeBytes(instructions);
    body.write(0x0b);
    ByteArrayOutputStream section = new ByteArrayOutputStream();
    section.write(1); // one body
    section.writeBytes(unsigned(body.size()));
    section.writeBytes(body.toByteArray());
    return section(10, section.toByteArray());
  }

  /**
   * A module whose only function, {@code fill}, fills all of memory {@code count} times, one after
   * the other.
   */
  protected static byte[] fills(int count, int pages) {
    ByteArrayOutputStream instructions = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      instructions.writeBytes(new byte[] {0x41, 0, 0x41, (byte) (i == count - 1 ? 7 : 1), 0x41});
      instructions.writeBytes(signed(pages * PAGE_BYTES));
      instructions.writeBytes(new byte[] {(byte) 0xfc, 0x0b, 0});
    }
    ByteArrayOutputStream memory = new ByteArrayOutputStream();
    memory.writeBytes(new byte[] {1, 1});
    memory.writeBytes(unsigned(pages));
    memory.writeBytes(unsigned(pages));
    ByteArrayOutputStream exports = new ByteArrayOutputStream();
    exports.writeBytes(new byte[] {2, 6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0});
    exports.writeBytes(new byte[] {4, 'f', 'i', 'l', 'l', 0, 0});
    return module(
        typeAndFunction(),
        section(5, memory.toByteArray()),
        section(7, exports.toByteArray()),
        code(instructions.toByteArray()));
  }

  private static byte[] section(int id, byte[] content) {
    ByteArrayOutputStream section = new ByteArrayOutputStream();
    section.write(id);
    section.writeBytes(unsigned(content.length));
    section.writeBytes(content);
    return section.toByteArray();
  }

  private static byte[] unsigned(int number) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (number > 0x7f) {
      bytes.write((number & 0x7f) | 0x80);
      number >>>= 7;
    }
    bytes.write(number);
    return bytes.toByteArray();
  }

  private static byte[] signed(int number) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (number > 0x3f) {
      bytes.write((number & 0x7f) | 0x80);
      number >>>= 7;
    }
    bytes.write(number);
    return bytes.toByteArray();
  }
}
