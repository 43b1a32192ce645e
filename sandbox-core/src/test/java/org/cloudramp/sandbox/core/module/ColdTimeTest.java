package org.cloudramp.sandbox.core.module;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.ServiceId;
import org.junit.jupiter.api.Test;

class ColdTimeTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final ServiceId OTHER = new ServiceId("other");
  private static final Duration LIMIT = Duration.ofMillis(100);

  private final AtomicLong now = new AtomicLong();
  private final ColdTime time = new ColdTime(now::get);

  private Duration runFor(Duration elapsed) {
    time.took(CHAT, LIMIT, elapsed);
    return time.extra(CHAT, LIMIT);
  }

  @Test
  void aHookMayTakeFourTimesItsLimit() {
    assertThat(time.extra(CHAT, LIMIT)).isEqualTo(LIMIT.multipliedBy(3));
  }

  @Test
  void whatStaysWithinItsLimitCostsNothing() {
    for (int i = 0; i < 1_000; i++) {
      time.took(CHAT, LIMIT, LIMIT);
    }

    assertThat(time.extra(CHAT, LIMIT)).isEqualTo(LIMIT.multipliedBy(3));
  }

  @Test
  void loopsOfOneServiceGetEightLimitsMoreWithinAMinuteAndThenNothing() {
    assertThat(runFor(LIMIT.multipliedBy(4))).isEqualTo(LIMIT.multipliedBy(3));
    assertThat(runFor(LIMIT.multipliedBy(4))).isEqualTo(LIMIT.multipliedBy(2));
    assertThat(runFor(LIMIT.multipliedBy(3))).isEqualTo(Duration.ZERO);
    assertThat(runFor(LIMIT.multipliedBy(3))).isEqualTo(Duration.ZERO);
    assertThat(time.extra(OTHER, LIMIT)).isEqualTo(LIMIT.multipliedBy(3));
  }

  @Test
  void aMinuteLaterThereIsMoreAgain() {
    assertThat(runFor(LIMIT.multipliedBy(20))).isEqualTo(Duration.ZERO);

    now.addAndGet(Duration.ofSeconds(61).toNanos());

    assertThat(time.extra(CHAT, LIMIT)).isEqualTo(LIMIT.multipliedBy(3));
  }
}
