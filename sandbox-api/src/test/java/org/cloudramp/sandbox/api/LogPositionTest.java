package org.cloudramp.sandbox.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.cloudramp.sandbox.api.kv.LogPosition;
import org.junit.jupiter.api.Test;

class LogPositionTest {
  private static final long STAMP = (1L << 52) - 3;
  private static final LogPosition KNOWN = new LogPosition("e", 7, STAMP);

  @Test
  void onlyTwoThatAreKnownToHaveSomethingElseBeforeThemContradictEachOther() {
    LogPosition other = new LogPosition("e", 7, STAMP - 1);

    assertThat(KNOWN.contradicts(other)).isTrue();
    assertThat(KNOWN.contradicts(LogPosition.ofNumber("e", other.number()))).isTrue();
    assertThat(LogPosition.ofNumber("e", other.number()).contradicts(KNOWN)).isTrue();
    assertThat(KNOWN.contradicts(KNOWN)).isFalse();
    assertThat(KNOWN.contradicts(LogPosition.ofNumber("e", KNOWN.number()))).isFalse();
    assertThat(KNOWN.contradicts(new LogPosition("e", 7))).isFalse();
    assertThat(new LogPosition("e", 7).contradicts(KNOWN)).isFalse();
    assertThat(KNOWN.contradicts(new LogPosition("e", 8, STAMP - 1))).isFalse();
    assertThat(KNOWN.contradicts(new LogPosition("f", 7, STAMP - 1))).isFalse();
  }

  @Test
  void aNumberThatAClientCanCountToHasTheOffsetAndTheEndOfTheStamp() {
    LogPosition last = new LogPosition("e", LogPosition.MAX_OFFSET, STAMP);

    assertThat(last.number()).isLessThan(1L << 53).isGreaterThan(KNOWN.number());
    assertThat(LogPosition.ofNumber("e", last.number())).isEqualTo(last);
    assertThat(KNOWN.plus(1).number()).isGreaterThan(KNOWN.number());
    assertThatThrownBy(() -> LogPosition.ofNumber("e", -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatIsEqualIsTheSamePlace() {
    assertThat(KNOWN)
        .isEqualTo(new LogPosition("e", 7))
        .hasSameHashCodeAs(new LogPosition("e", 7))
        .isNotEqualTo(new LogPosition("e", 8, STAMP))
        .isNotEqualTo(new LogPosition("f", 7, STAMP));
  }
}
