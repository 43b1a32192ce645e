package org.cloudramp.sandbox.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.cloudramp.sandbox.testkit.engine.EngineAssertions.bits;

import java.time.Duration;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.Instance;
import org.junit.jupiter.api.Test;

/** What calls give back. */
interface ResultCases extends EngineCases {
  @Test
  default void integersComeBackAsTheyAre() {
    Instance instance = instance("engine/numbers");

    assertThat((int) call(instance, "addI32", 2, 3)).isEqualTo(5);
    assertThat((int) call(instance, "addI32", Integer.MAX_VALUE, 1)).isEqualTo(Integer.MIN_VALUE);
    assertThat(call(instance, "addI64", Long.MIN_VALUE, -1)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  default void theUpperHalfOfAnI32MeansNothing() {
    Instance instance = instance("engine/numbers");

    assertThat((int) call(instance, "addI32", 0x7fff_ffff_0000_0002L, -1L)).isEqualTo(1);
    assertThat(call(instance, "unsignedI32", -1)).isEqualTo(0xffff_ffffL);
    assertThat(call(instance, "unsignedI32", 0x1_0000_0001L)).isEqualTo(1);
  }

  @Test
  default void floatsComeBackAsTheirRawBits() {
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
  default void argumentsOfAllTypesTogether() {
    Instance instance = instance("engine/numbers");

    long sum = call(instance, "all", -1, 1L << 40, bits(0.5f), bits(0.25));

    assertThat(Double.longBitsToDouble(sum)).isEqualTo(-1 + (double) (1L << 40) + 0.75);
  }

  @Test
  default void aFunctionWithoutResultGivesZero() {
    assertThat(call(instance("engine/numbers"), "nothing")).isZero();
  }

  @Test
  default void aFunctionWithTwoResultsGivesTheFirst() {
    assertThat((int) call(instance("engine/numbers"), "two")).isEqualTo(1);
  }

  @Test
  default void aFunctionCanBeCalledOften() {
    GuestFunction add = function(instance("engine/numbers"), "addI32");

    int sum = 0;
    for (int i = 0; i < 10_000; i++) {
      sum = (int) add.call(PLENTY, sum, 1);
    }

    assertThat(sum).isEqualTo(10_000);
  }

  @Test
  default void whatIsNoFunctionIsNotFound() {
    Instance instance = instance("engine/numbers");

    assertThat(instance.function("absent")).isEmpty();
    assertThat(instance.function("notAFunction")).isEmpty();
    assertThat(instance.function("")).isEmpty();
  }

  @Test
  default void wrongArgumentsAreRefusedAndDoNoHarm() {
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
  default void aBudgetMayBeLongerThanAnybodyLives() {
    GuestFunction add = function(instance("engine/numbers"), "addI32");

    assertThat((int) add.call(Duration.ofSeconds(Long.MAX_VALUE), 1, 2)).isEqualTo(3);
  }
}
