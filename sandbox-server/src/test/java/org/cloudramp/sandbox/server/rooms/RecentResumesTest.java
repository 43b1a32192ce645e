package org.cloudramp.sandbox.server.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RecentResumesTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /** Of a clock that is about to overflow. */
  private long now = Long.MAX_VALUE - 5 * SECOND;

  private final RecentResumes recent = new RecentResumes();

  private boolean resumeAfter(double seconds) {
    now += (long) (seconds * SECOND);
    return recent.tryAdd(now);
  }

  @Test
  void aSessionThatBreaksFiftyTimesAMinuteAllDayIsNeverToldToWait() {
    for (int i = 0; i < 50 * 60 * 24; i++) {
      assertThat(resumeAfter(1.2)).isTrue();
    }
  }

  @Test
  void twentyWithinTenSecondsAreTheMost() {
    for (int i = 0; i < RecentResumes.MOST; i++) {
      assertThat(resumeAfter(0.25)).isTrue();
    }
    assertThat(recent.isExhausted(now)).isTrue();
    assertThat(resumeAfter(0)).isFalse();
    assertThat(resumeAfter(5)).as("5 + 4.75 s after the first").isFalse();
    assertThat(resumeAfter(0.25)).as("10 s after the first").isTrue();
    assertThat(resumeAfter(0)).as("less than 10 s after the second").isFalse();
    assertThat(resumeAfter(0.25)).isTrue();
  }
}
