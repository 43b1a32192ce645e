package org.cloudramp.sandbox.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.core.ServiceObserver;
import org.junit.jupiter.api.Test;

class QuarantineTest {
  private static final ServiceId SERVICE = new ServiceId("demo");
  private static final ModuleVersion VERSION =
      new ModuleVersion(SERVICE, Digest.of(new byte[] {1}));
  private final GuestException fault = new GuestException(GuestException.Kind.DEADLINE, "too slow");

  private final GuestException trap =
      new GuestException(GuestException.Kind.TRAPPED, "unreachable");

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // the ticker may overflow
  private final List<String> told = new ArrayList<>();

  private final class Rests implements ServiceObserver {
    @Override
    public void rests(ModuleVersion version, Optional<RoomId> room, Duration time, String why) {
      told.add("%s %s %s".formatted(room.map(RoomId::value).orElse("all"), time, why));
    }

    @Override
    public void lifted(ModuleVersion version) {
      told.add("lifted");
    }
  }

  private final Quarantine quarantine =
      new Quarantine(
          new Quarantine.Policy(
              5, Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofSeconds(25)),
          now::get,
          new Rests());

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private void faults(int count) {
    for (int i = 0; i < count; i++) {
      quarantine.faultOfLoad(VERSION, fault);
    }
  }

  @Test
  void letsAVersionRunUntilItsFifthFaultWithinTheWindow() {
    faults(4);
    assertThat(quarantine.check(VERSION, said(1, 1))).isEmpty();

    faults(1);

    assertThat(quarantine.check(VERSION, said(1, 1)))
        .hasValueSatisfying(
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(RefusedException.Kind.QUARANTINED);
              assertThat(refusal).hasMessageContaining("demo@").hasMessageContaining("too slow");
            });
  }

  @Test
  void ofSendersInManyRoomsThatFailNowAndThenOnlySomeAreRemembered() {
    for (int i = 0; i < 100_000; i++) {
      quarantine.fault(VERSION, said(i / 100, i), trap);
      quarantine.ranWell(VERSION, said(i / 100, 0));
    }

    assertThat(quarantine.remembered()).isBetween(10_000L, 40_000L);
  }

  @Test
  void forgetsFaultsThatAreOlderThanTheWindow() {
    faults(4);
    pass(Duration.ofSeconds(61));
    faults(4);

    assertThat(quarantine.check(VERSION, said(1, 1))).isEmpty();
  }

  @Test
  void letsItRunAgainAfterItsRestAndRestTwiceAsLongIfItFailsAgain() {
    faults(5);
    pass(Duration.ofSeconds(9));
    assertThat(quarantine.check(VERSION, said(1, 1))).isPresent();
    pass(Duration.ofSeconds(1));
    assertThat(quarantine.check(VERSION, said(1, 1))).isEmpty();

    faults(1);
    pass(Duration.ofSeconds(19));
    assertThat(quarantine.check(VERSION, said(1, 1))).isPresent();
    pass(Duration.ofSeconds(1));
    assertThat(quarantine.check(VERSION, said(1, 1))).isEmpty();
  }

  @Test
  void restsNoLongerThanTheLongest() {
    faults(5);
    for (int i = 0; i < 5; i++) {
      pass(Duration.ofSeconds(25));
      assertThat(quarantine.check(VERSION, said(1, 1))).isEmpty();
      faults(1);
      assertThat(quarantine.check(VERSION, said(1, 1))).isPresent();
    }
    pass(Duration.ofSeconds(25));

    assertThat(quarantine.check(VERSION, said(1, 1))).isEmpty();
  }

  @Test
  void startsOverAfterAWindowWithoutFaults() {
    faults(5);
    pass(Duration.ofSeconds(10 + 61));
    assertThat(quarantine.check(VERSION, said(1, 1))).isEmpty();

    faults(4);

    assertThat(quarantine.check(VERSION, said(1, 1))).isEmpty();
  }

  @Test
  void isLiftedByTheOperatorAndDoesNotTouchOtherVersions() {
    ModuleVersion other = new ModuleVersion(SERVICE, Digest.of(new byte[] {2}));
    faults(5);
    assertThat(quarantine.check(other, said(1, 1))).isEmpty();

    quarantine.lift(VERSION);

    assertThat(quarantine.check(VERSION, said(1, 1))).isEmpty();
    faults(4);
    assertThat(quarantine.check(VERSION, said(1, 1))).isEmpty();
  }

  // Who is to blame: connections and rooms are numbers.

  private static HookCall said(int room, int connection) {
    return new HookCall.Message(address(room), id(connection), Payload.text("x"));
  }

  private static HookCall joins(int room, int connection) {
    return new HookCall.Join(address(room), id(connection));
  }

  private static HookCall leaves(int room, int connection) {
    return new HookCall.Leave(address(room), id(connection), 1000, "");
  }

  private static RoomAddress address(int room) {
    return new RoomAddress(SERVICE, new RoomId("room-" + room));
  }

  private static ConnectionId id(int connection) {
    return new ConnectionId("c" + connection);
  }

  private void traps(HookCall call) {
    quarantine.fault(VERSION, call, trap);
  }

  private void assertRuns(HookCall call) {
    assertThat(quarantine.check(VERSION, call)).isEmpty();
  }

  private void assertRests(HookCall call, RefusedException.Kind kind) {
    assertThat(quarantine.check(VERSION, call))
        .hasValueSatisfying(refusal -> assertThat(refusal.kind()).isEqualTo(kind));
  }

  @Test
  void aConnectionWhoseMessagesFailAgainAndAgainHarmsOnlyItself() {
    for (int i = 0; i < 4; i++) {
      traps(said(1, 1));
    }
    assertRuns(said(1, 1));

    for (int i = 0; i < 1_000; i++) {
      traps(said(1, 1));
    }

    assertRests(said(1, 1), RefusedException.Kind.CONNECTION_QUARANTINED);
    assertRuns(leaves(1, 1));
    assertRuns(said(1, 2));
    assertRuns(said(2, 1));
  }

  @Test
  void aConnectionIsNotForgivenForWhatRanWell() {
    for (int i = 0; i < 5; i++) {
      traps(said(1, 1));
      quarantine.ranWell(VERSION, said(1, 1));
    }

    assertRests(said(1, 1), RefusedException.Kind.CONNECTION_QUARANTINED);
  }

  @Test
  void aRoomThatFailsForSeveralConnectionsRestsAndTheOthersRun() {
    for (int connection = 1; connection <= 5; connection++) {
      assertRuns(said(1, connection));
      traps(said(1, connection));
    }

    assertRests(said(1, 9), RefusedException.Kind.ROOM_QUARANTINED);
    assertRests(leaves(1, 1), RefusedException.Kind.ROOM_QUARANTINED);
    assertRuns(said(2, 9));
    pass(Duration.ofSeconds(10));
    assertRuns(said(1, 9));
  }

  @Test
  void aRoomInWhichTheHookWorksForOthersDoesNotRest() {
    for (int connection = 1; connection <= 200; connection++) {
      for (int i = 0; i < 5; i++) {
        traps(said(1, connection)); // closed, and back under another id
      }
      quarantine.ranWell(VERSION, said(1, 1_000));
    }

    assertRuns(said(1, 1_000));
    assertRuns(said(2, 1_000));
  }

  @Test
  void thatAnotherHookEndsWellSaysNothingForTheOneThatFails() {
    for (int connection = 1; connection <= 5; connection++) {
      quarantine.ranWell(VERSION, joins(1, connection));
      traps(said(1, connection));
    }

    assertRests(said(1, 9), RefusedException.Kind.ROOM_QUARANTINED);
  }

  @Test
  void aVersionThatFailsInSeveralRoomsRestsWithItsFifthFault() {
    for (int room = 1; room <= 5; room++) {
      assertRuns(said(room, room));
      traps(said(room, room));
    }

    assertRests(said(9, 9), RefusedException.Kind.QUARANTINED);
  }

  @Test
  void aVersionThatWorksInOtherRoomsDoesNotRest() {
    for (int room = 1; room <= 50; room++) {
      for (int connection = 1; connection <= 5; connection++) {
        traps(said(room, connection));
      }
      quarantine.ranWell(VERSION, said(1_000, 1));
    }

    assertRests(said(50, 1), RefusedException.Kind.ROOM_QUARANTINED);
    assertRuns(said(1_000, 1));
  }

  @Test
  void aDeadlineWeighsAsMuchAsTwoTraps() {
    for (int room = 1; room <= 3; room++) {
      assertRuns(said(room, 1));
      quarantine.fault(VERSION, said(room, 1), fault);
    }

    assertRests(said(9, 9), RefusedException.Kind.QUARANTINED);
  }

  @Test
  void afterARestOneFaultIsNotEnoughAndTwoSourcesAre() {
    for (int connection = 1; connection <= 5; connection++) {
      traps(said(1, connection));
    }
    pass(Duration.ofSeconds(10));

    traps(said(1, 1));
    assertRuns(said(1, 9));
    traps(said(1, 2));

    assertRests(said(1, 9), RefusedException.Kind.ROOM_QUARANTINED);
    pass(Duration.ofSeconds(19));
    assertRests(said(1, 9), RefusedException.Kind.ROOM_QUARANTINED);
    pass(Duration.ofSeconds(1));
    assertRuns(said(1, 9));
  }

  @Test
  void tellsWhichRoomsRestAndLiftsThemWithTheirVersion() {
    for (int connection = 1; connection <= 5; connection++) {
      traps(said(1, connection));
    }
    assertThat(quarantine.resting())
        .singleElement()
        .satisfies(
            rest -> {
              assertThat(rest.version()).isEqualTo(VERSION);
              assertThat(rest.room()).contains(new RoomId("room-1"));
              assertThat(rest.lastFault()).isEqualTo("unreachable");
            });

    quarantine.lift(VERSION);

    assertThat(quarantine.resting()).isEmpty();
    assertRuns(said(1, 1));
  }

  @Test
  void canBeSwitchedOff() {
    Quarantine never =
        new Quarantine(
            new Quarantine.Policy(
                0, Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofSeconds(25)),
            now::get,
            new Rests());
    for (int i = 0; i < 100; i++) {
      never.faultOfLoad(VERSION, fault);
    }

    assertThat(never.check(VERSION, said(1, 1))).isEmpty();
  }

  @Test
  void tellsOfARestAndOfItsEnd() {
    faults(5);
    quarantine.lift(VERSION);
    quarantine.lift(VERSION);

    assertThat(told).containsExactly("all PT10S too slow", "lifted");
  }

  @Test
  void whatWasPutToRestDoesNotRunUntilItsTimeHasPassedHoweverWellItDoes() {
    quarantine.order(VERSION, Duration.ofHours(1), "it spams");
    quarantine.ranWell(VERSION, said(1, 1));
    faults(5);

    assertThat(quarantine.check(VERSION, said(1, 1)))
        .hasValueSatisfying(
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(RefusedException.Kind.QUARANTINED);
              assertThat(refusal).hasMessageContaining("3600 more seconds: it spams");
            });
    assertThat(quarantine.resting())
        .containsExactly(
            new Quarantine.Rest(VERSION, Optional.empty(), Duration.ofHours(1), "it spams"));
    assertThat(told).containsExactly("all PT1H it spams", "all PT10S too slow");
    pass(Duration.ofHours(1));
    assertRuns(said(1, 1));
    assertThat(quarantine.resting()).isEmpty();
  }

  @Test
  void whatWasPutToRestRunsWhenItIsLifted() {
    quarantine.order(VERSION, Duration.ofHours(1), "it spams");
    quarantine.order(VERSION, Duration.ofHours(2), "it spams");

    quarantine.lift(VERSION);

    assertRuns(said(1, 1));
    assertThat(told).endsWith("lifted");
  }

  @Test
  void howManyArePutToRestIsBounded() {
    for (int i = 0; i < 1_000; i++) {
      quarantine.order(version(i), Duration.ofSeconds(i + 1), "");
    }

    assertThatThrownBy(() -> quarantine.order(VERSION, Duration.ofHours(1), "one more"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("1000 versions rest by order");
    pass(Duration.ofSeconds(1));
    quarantine.order(VERSION, Duration.ofHours(1), "one more");
    assertThat(quarantine.check(VERSION, said(1, 1))).isPresent();
  }

  private static ModuleVersion version(int number) {
    return new ModuleVersion(
        SERVICE, Digest.of(String.valueOf(number).getBytes(StandardCharsets.UTF_8)));
  }
}
