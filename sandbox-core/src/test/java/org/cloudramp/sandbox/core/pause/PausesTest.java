package org.cloudramp.sandbox.core.pause;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PausesTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // the ticker may overflow
  private final AtomicLong collections = new AtomicLong(1_000);
  private final Pauses pauses = new Pauses(now::get, collections::get);

  @BeforeEach
  void begin() {
    pauses.begin();
  }

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
  void aCollectionIsAPauseAlsoIfNobodyWokeTooLateForIt() {
    collections.addAndGet(Duration.ofMillis(15).toNanos());
    stepAfter(Pauses.STEP.plusMillis(10));

    assertThat(pauses.total(now.get())).isEqualTo(Duration.ofMillis(15).toNanos());
  }

  @Test
  void whatACollectionMadeTheThreadWakeTooLateForCountsOnce() {
    collections.addAndGet(Duration.ofMillis(250).toNanos());
    stepAfter(Pauses.STEP.plusMillis(300));

    assertThat(pauses.total(now.get())).isEqualTo(Duration.ofMillis(300).toNanos());
  }

  @Test
  void whatTookLongIsToldWithoutTheCollectionsInIt() {
    stepAfter(Pauses.STEP);
    long begin = now.get();
    long before = pauses.before(begin);
    now.addAndGet(Duration.ofMillis(30).toNanos());
    collections.addAndGet(Duration.ofMillis(28).toNanos());

    assertThat(pauses.without(begin, before, now.get())).isEqualTo(Duration.ofMillis(2).toNanos());
    pauses.step();
    assertThat(pauses.without(begin, before, now.get())).isEqualTo(Duration.ofMillis(2).toNanos());
  }

  @Test
  void whatIsNotWatchedHasNoPauses() {
    Pauses unwatched = new Pauses(now::get, collections::get);
    now.addAndGet(Duration.ofSeconds(10).toNanos());

    assertThat(unwatched.total(now.get())).isZero();
  }

  @Test
  void theCollectorsOfThisJvmSayWhatTheyHaveTaken() {
    long before = Pauses.collections().getAsLong();

    Awaitility.await("a collection takes a millisecond")
        .until(
            () -> {
              System.gc();
              return Pauses.collections().getAsLong() > before;
            });
  }
}
