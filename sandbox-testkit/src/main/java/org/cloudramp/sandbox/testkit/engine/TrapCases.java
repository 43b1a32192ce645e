package org.cloudramp.sandbox.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.testkit.engine.EngineAssertions.assertTraps;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.Instance;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a guest's own faults end its call. */
interface TrapCases extends EngineCases {
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
  default void aTrapSaysWhich(
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
  default void whatIsJustInBoundsDoesNotTrap() {
    Instance instance = instance("engine/traps");

    assertThat((int) call(instance, "load", 65532)).isZero();
    call(instance, "fill", 65536, 0);
    call(instance, "copy", 65536, 65536, 0);
    call(instance, "init", 65536, 7, 0);
    assertThat((int) call(instance, "callIndirect", 0)).isEqualTo(42);
    assertThat((int) call(instance, "remainderI32", Integer.MIN_VALUE, -1)).isZero();
  }

  @Test
  default void aTrapOfABulkOperationHasNoEffect() {
    Instance instance = instance("engine/traps");

    assertTraps(() -> call(instance, "fill", 65530, 100), "out of bounds memory access");

    assertThat(instance.memory().readInt(65532)).isZero();
  }

  @Test
  default void endlessRecursionIsSurvivedAThousandTimes() {
    CompiledModule module = compile("engine/traps");
    for (int i = 0; i < 1_000; i++) {
      try (Instance instance = module.instantiate(List.of(), LIMITS)) {
        assertTraps(() -> call(instance, "recurse", 0), "stack exhausted");
      }
    }
  }

  @Test
  default void endlessRecursionWithLargeFramesIsSurvived() {
    CompiledModule module = compile("engine/traps");
    for (int i = 0; i < 100; i++) {
      try (Instance instance = module.instantiate(List.of(), LIMITS)) {
        assertTraps(() -> call(instance, "recurseWide", 0, 1, 2, 3, 4, 5, 6, 7), "stack exhausted");
      }
    }
  }
}
