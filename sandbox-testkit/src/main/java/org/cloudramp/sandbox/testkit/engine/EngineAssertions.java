package org.cloudramp.sandbox.testkit.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.GuestException;

/** How calls end, and how numbers and text look to a host. */
final class EngineAssertions {
  private EngineAssertions() {}

  static void assertTraps(ThrowingCallable call, String message) {
    assertThatExceptionOfType(GuestException.class)
        .isThrownBy(call)
        .withMessageContaining(message)
        .returns(GuestException.Kind.TRAPPED, GuestException::kind);
  }

  static void assertDeadline(ThrowingCallable call) {
    assertThatExceptionOfType(GuestException.class)
        .isThrownBy(call)
        .returns(GuestException.Kind.DEADLINE, GuestException::kind);
  }

  static void assertOutOfBounds(ThrowingCallable access) {
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(access);
  }

  static String text(Memory memory, int address, int length) {
    byte[] bytes = new byte[length];
    memory.read(address, bytes, 0, length);
    return new String(bytes, US_ASCII);
  }

  static long bits(float value) {
    return Float.floatToRawIntBits(value);
  }

  static long bits(double value) {
    return Double.doubleToRawLongBits(value);
  }
}
