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

  /** What a hook of the service is given that keeps to its limit. */
  private Duration extra(ServiceId service) {
    Duration extra = time.extra(service, LIMIT);
    time.took(service, LIMIT, extra, LIMIT);
    return extra;
  }

  /** What the next one is given when one has taken so long. */
  private Duration runFor(Duration elapsed) {
    time.took(CHAT, LIMIT, time.extra(CHAT, LIMIT), elapsed);
    return extra(CHAT);
  }

  @Test
  void aHookMayTakeFourTimesItsLimit() {
    assertThat(extra(CHAT)).isEqualTo(LIMIT.multipliedBy(3));
  }

  @Test
  void whatStaysWithinItsLimitCostsNothing() {
    for (int i = 0; i < 1_000; i++) {
      assertThat(extra(CHAT)).isPositive();
    }

    assertThat(extra(CHAT)).isEqualTo(LIMIT.multipliedBy(3));
  }

  @Test
  void loopsOfOneServiceGetEightLimitsMoreWithinAMinuteAndThenNothing() {
    assertThat(runFor(LIMIT.multipliedBy(4))).isEqualTo(LIMIT.multipliedBy(3));
    assertThat(runFor(LIMIT.multipliedBy(4))).isEqualTo(LIMIT.multipliedBy(2));
    assertThat(runFor(LIMIT.multipliedBy(3))).isEqualTo(Duration.ZERO);
    assertThat(runFor(LIMIT.multipliedBy(3))).isEqualTo(Duration.ZERO);
    assertThat(extra(OTHER)).isEqualTo(LIMIT.multipliedBy(3));
  }

  @Test
  void aMinuteLaterThereIsMoreAgain() {
    assertThat(runFor(LIMIT.multipliedBy(20))).isEqualTo(Duration.ZERO);

    now.addAndGet(Duration.ofSeconds(61).toNanos());

    assertThat(extra(CHAT)).isEqualTo(LIMIT.multipliedBy(3));
  }

  @Test
  void ofAllServicesOneHookAtATimeMayTakeLonger() {
    Duration first = time.extra(CHAT, LIMIT);

    assertThat(time.extra(OTHER, LIMIT)).isEqualTo(Duration.ZERO);
    time.took(OTHER, LIMIT, Duration.ZERO, LIMIT);
    assertThat(time.extra(OTHER, LIMIT)).isEqualTo(Duration.ZERO);

    time.took(CHAT, LIMIT, first, LIMIT);
    assertThat(time.extra(OTHER, LIMIT)).isEqualTo(LIMIT.multipliedBy(3));
  }
}
