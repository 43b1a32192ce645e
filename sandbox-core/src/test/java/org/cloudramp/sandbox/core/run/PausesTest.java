package org.cloudramp.sandbox.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PausesTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // the ticker may overflow
  private final Pauses pauses = new Pauses(now::get);

  private void stepAfter(Duration time) {
    now.addAndGet(time.toNanos());
    pauses.step();
  }

  @Test
  void aThreadThatWakesInTimeOrALittleLateHasSeenNoPause() {
    for (int i = 0; i < 100; i++) {
      stepAfter(Pauses.STEP.plus(Pauses.TOLERANCE));
    }

    assertThat(pauses.total(now.get())).isZero();
  }

  @Test
  void addsUpHowMuchTooLateItWoke() {
    stepAfter(Pauses.STEP.plusMillis(300));
    stepAfter(Pauses.STEP);
    stepAfter(Pauses.STEP.plusMillis(100));

    assertThat(pauses.total(now.get())).isEqualTo(Duration.ofMillis(400).toNanos());
  }

  @Test
  void knowsOfAPauseBeforeItsOwnThreadIsAwake() {
    stepAfter(Pauses.STEP);
    now.addAndGet(Pauses.STEP.plusMillis(250).toNanos());

    assertThat(pauses.total(now.get())).isEqualTo(Duration.ofMillis(250).toNanos());
    pauses.step();
    assertThat(pauses.total(now.get())).isEqualTo(Duration.ofMillis(250).toNanos());
  }

  @Test
  void aDeadlineThatFellIntoAPauseIsNotTheGuestsFault() {
    Duration time = Duration.ofMillis(250);

    assertThat(HookRun.isPauseToBlame(Duration.ofMillis(125).toNanos(), time)).isTrue();
    assertThat(HookRun.isPauseToBlame(Duration.ofMillis(124).toNanos(), time)).isFalse();
  }
}
