package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.ModuleException.Kind;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.Wasm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Lines 1 to 13: modules that are none, on each engine. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.cloudramp.sandbox.hostile.AttackedServer#onEachEngine")
@Timeout(300)
class MalformedTest {
  private final AttackedServer server;

  MalformedTest(AttackedServer server) {
    this.server = server;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.cloudramp.sandbox.hostile.Corpus#malformed")
  void isSurvived(HostileInput input) throws Exception {
    server.survive(input);
  }

  /** Line 1. */
  @Test
  void isRefusedCutAtWhicheverByte() {
    byte[] whole = Guests.wasm("echo");
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatExceptionOfType(ModuleException.class)
          .as("the first " + length + " bytes")
          .isThrownBy(() -> server.publish(cut))
          .satisfies(e -> assertThat(e.kind()).isIn(Kind.MALFORMED, Kind.UNLINKABLE));
    }
    server.victim().assertGoesOn();
  }

  /** An engine may tell each error that it finds, and a stranger how many there are. */
  @Test
  void isRefusedInFewWordsHoweverManyErrorsItHas() {
    byte[] negatesIntegersAsFloats =
        Corpus.hook(Wasm.repeat(30_000, Wasm.bytes(0x41, 0, 0x8c, 0x1a)));

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> server.publish(negatesIntegersAsFloats))
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.MALFORMED))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(2_000))
        .satisfies(e -> assertThat(String.valueOf(e.getCause())).hasSizeLessThan(2_000));
  }
}
