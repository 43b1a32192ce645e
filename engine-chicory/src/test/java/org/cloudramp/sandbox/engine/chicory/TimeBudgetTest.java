package org.cloudramp.sandbox.engine.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The handshake, with the test in the place of the watchdog. */
class TimeBudgetTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final Watchdog watchdog = Watchdog.start();
  private final TimeBudget budget = new TimeBudget(watchdog);

  @AfterEach
  void closeWatchdog() {
    budget.close();
    watchdog.close();
    Thread.interrupted();
  }

  @Test
  void aCallInTimeIsLeftAlone() {
    budget.begin(LONG);

    budget.check(System.nanoTime());

    assertThat(budget.end()).isFalse();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void aLateCallIsInterruptedAndItsFlagIsCleared() {
    budget.begin(LONG);

    budget.check(later());

    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertThat(budget.end()).isTrue();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void nothingHappensToAThreadWhoseCallHasEnded() {
    budget.begin(LONG);
    budget.end();

    boolean seen = budget.check(later());

    assertThat(seen).isFalse();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void aHostFunctionIsNotInterruptedAndTheGuestDoesNotGoOn() {
    budget.begin(LONG);
    budget.enterHost();

    budget.check(later());

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    budget.leaveHost();
    assertThatExceptionOfType(ChicoryInterruptedException.class).isThrownBy(budget::resumeGuest);
    assertThat(budget.end()).isTrue();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void aGuestWhoseTimeIsUpDoesNotEnterItsHost() {
    budget.begin(LONG);
    budget.check(later());

    assertThatExceptionOfType(ChicoryInterruptedException.class).isThrownBy(budget::enterHost);

    assertThat(budget.end()).isTrue();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void anInterruptFromBeforeIsHiddenFromTheGuestAndComesBack() {
    Thread.currentThread().interrupt();

    budget.begin(LONG);

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    budget.end();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anInterruptByAHostFunctionIsHiddenFromTheGuestAndComesBack() {
    budget.begin(LONG);
    budget.enterHost();
    Thread.currentThread().interrupt();

    budget.leaveHost();

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    budget.end();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anInterruptByOthersSurvivesTheWatchdogs() {
    budget.begin(LONG);
    Thread.currentThread().interrupt();

    budget.check(later());

    assertThat(budget.end()).isTrue();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anotherCallIsRefusedAndTheFirstGoesOn() {
    budget.begin(LONG);

    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> budget.begin(LONG));

    assertThat(budget.end()).isFalse();
    budget.begin(LONG);
    assertThat(budget.end()).isFalse();
  }

  @Test
  void aClosedEngineRefusesCalls() {
    watchdog.close();

    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> budget.begin(LONG));
  }

  @Test
  @Timeout(60)
  void noInterruptGetsOutOfACallHoweverTheThreadsMeet() throws InterruptedException {
    AtomicBoolean done = new AtomicBoolean();
    Thread hasty =
        new Thread(
            () -> {
              while (!done.get()) {
                budget.check(later());
              }
            });
    hasty.start();
    int stopped = 0;
    int wentThrough = 0;
    try {
      // As long as it takes until the two have often met and often missed each other.
      while (stopped < 1_000 || wentThrough < 1_000) {
        budget.begin(LONG);
        if (budget.end()) {
          stopped++;
        } else {
          wentThrough++;
        }
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
      }
    } finally {
      done.set(true);
      hasty.join();
    }
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  private static long later() {
    return System.nanoTime() + Duration.ofDays(1).toNanos();
  }
}
