package org.cloudramp.sandbox.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CloseFrameTest {
  @ParameterizedTest
  @ValueSource(ints = {1000, 1001, 1003, 1007, 1008, 1013, 1014, 3000, 4999})
  void acceptsWhatAFrameCarries(int code) {
    assertThat(new CloseFrame(code, "").code()).isEqualTo(code);
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 66_536})
  void refusesWhatNoFrameCarries(int code) {
    assertThatThrownBy(() -> new CloseFrame(code, ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(String.valueOf(code));
  }

  @ParameterizedTest
  @ValueSource(ints = {1001, 1003, 1008, 1011, 1014, 2999, 5000})
  void leavesTheCodesOfTheProtocolToTheProtocol(int code) {
    assertThatThrownBy(() -> CloseFrame.ofApplication(code, ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("close code %d is neither 1000 nor from 3000 to 4999", code);
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 3000, 4999})
  void leavesTheOthersToApplications(int code) {
    assertThat(CloseFrame.ofApplication(code, "bye")).isEqualTo(new CloseFrame(code, "bye"));
  }

  @Test
  void countsTheBytesOfAReasonAndNotItsCharacters() {
    assertThat(new CloseFrame(4000, "€".repeat(41)).reason()).hasSize(41);
    assertThatThrownBy(() -> new CloseFrame(4000, "€".repeat(41) + "!"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the reason of a close takes 124 bytes, at most 123 are possible");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "full", "123456789"})
  void leavesAReasonThatFitsAsItIs(String reason) {
    assertThat(CloseFrame.fitting(reason)).isEqualTo(reason);
    assertThat(CloseFrame.fitting("x".repeat(123))).isEqualTo("x".repeat(123));
  }

  @Test
  void cutsAReasonBetweenTwoCharacters() {
    assertThat(CloseFrame.fitting("x".repeat(124))).isEqualTo("x".repeat(120) + "…");
    assertThat(CloseFrame.fitting("😀".repeat(31))).isEqualTo("😀".repeat(30) + "…");
    assertThat(CloseFrame.fitting("x" + "é".repeat(62))).isEqualTo("x" + "é".repeat(59) + "…");
  }

  @RepeatedTest(50)
  void whateverIsCutFitsAndIsABeginning(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    StringBuilder any = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      int bound = new int[] {0x80, 0x800, 0xD800, 0x110000, 0xFFFF}[random.nextInt(5)];
      any.appendCodePoint(random.nextInt(bound));
    }
    String reason = any.substring(0, random.nextInt(any.length()));

    String fitting = CloseFrame.fitting(reason);

    int bytes = fitting.getBytes(StandardCharsets.UTF_8).length;
    assertThat(bytes).isLessThanOrEqualTo(CloseFrame.MAX_REASON_BYTES);
    if (!fitting.equals(reason)) {
      assertThat(fitting).endsWith("…");
      assertThat(reason).startsWith(fitting.substring(0, fitting.length() - 1));
      assertThat(bytes).as("as much as fits").isGreaterThan(CloseFrame.MAX_REASON_BYTES - 4);
    } else {
      assertThat(new CloseFrame(4000, reason).reason()).isEqualTo(reason);
    }
  }
}
