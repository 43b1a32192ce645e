package org.cloudramp.sandbox.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.junit.jupiter.api.Test;

class QuarantineTest {
  private static final ServiceId SERVICE = new ServiceId("demo");
  private static final ModuleVersion VERSION =
      new ModuleVersion(SERVICE, Digest.of(new byte[] {1}));
  private final GuestException fault = new GuestException(GuestException.Kind.DEADLINE, "too slow");

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // the ticker may overflow
  private final Quarantine quarantine =
      new Quarantine(
          new Quarantine.Policy(
              5, Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofSeconds(25)),
          now::get);

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private void faults(int count) {
    for (int i = 0; i < count; i++) {
      quarantine.fault(VERSION, fault);
    }
  }

  @Test
  void letsAVersionRunUntilItsFifthFaultWithinTheWindow() {
    faults(4);
    assertThat(quarantine.check(VERSION)).isEmpty();

    faults(1);

    assertThat(quarantine.check(VERSION))
        .hasValueSatisfying(
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(RefusedException.Kind.QUARANTINED);
              assertThat(refusal).hasMessageContaining("demo@").hasMessageContaining("too slow");
            });
  }

  @Test
  void forgetsFaultsThatAreOlderThanTheWindow() {
    faults(4);
    pass(Duration.ofSeconds(61));
    faults(4);

    assertThat(quarantine.check(VERSION)).isEmpty();
  }

  @Test
  void letsItRunAgainAfterItsRestAndRestTwiceAsLongIfItFailsAgain() {
    faults(5);
    pass(Duration.ofSeconds(9));
    assertThat(quarantine.check(VERSION)).isPresent();
    pass(Duration.ofSeconds(1));
    assertThat(quarantine.check(VERSION)).isEmpty();

    faults(1);
    pass(Duration.ofSeconds(19));
    assertThat(quarantine.check(VERSION)).isPresent();
    pass(Duration.ofSeconds(1));
    assertThat(quarantine.check(VERSION)).isEmpty();
  }

  @Test
  void restsNoLongerThanTheLongest() {
    faults(5);
    for (int i = 0; i < 5; i++) {
      pass(Duration.ofSeconds(25));
      assertThat(quarantine.check(VERSION)).isEmpty();
      faults(1);
      assertThat(quarantine.check(VERSION)).isPresent();
    }
    pass(Duration.ofSeconds(25));

    assertThat(quarantine.check(VERSION)).isEmpty();
  }

  @Test
  void startsOverAfterAWindowWithoutFaults() {
    faults(5);
    pass(Duration.ofSeconds(10 + 61));
    assertThat(quarantine.check(VERSION)).isEmpty();

    faults(4);

    assertThat(quarantine.check(VERSION)).isEmpty();
  }

  @Test
  void isLiftedByTheOperatorAndDoesNotTouchOtherVersions() {
    ModuleVersion other = new ModuleVersion(SERVICE, Digest.of(new byte[] {2}));
    faults(5);
    assertThat(quarantine.check(other)).isEmpty();

    quarantine.lift(VERSION);

    assertThat(quarantine.check(VERSION)).isEmpty();
    faults(4);
    assertThat(quarantine.check(VERSION)).isEmpty();
  }

  @Test
  void canBeSwitchedOff() {
    Quarantine never =
        new Quarantine(
            new Quarantine.Policy(
                0, Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofSeconds(25)),
            now::get);
    for (int i = 0; i < 100; i++) {
      never.fault(VERSION, fault);
    }

    assertThat(never.check(VERSION)).isEmpty();
  }
}
