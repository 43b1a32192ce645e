package org.cloudramp.sandbox.core.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.function.RoomMembers.Member;
import org.cloudramp.sandbox.api.kv.RosterChange;
import org.junit.jupiter.api.Test;

/** What hooks see and say of who is in a room that are committed together. */
class AttendanceTest {
  private static final ConnectionId ANN = new ConnectionId("ann");
  private static final ConnectionId BOB = new ConnectionId("bob");

  private final Roll roll = new Roll();
  private final Attendance attendance = new Attendance(roll, "a.1");

  AttendanceTest() {
    roll.add(new Member(ANN, Identity.UNKNOWN), "a.1");
    roll.add(new Member(BOB, Identity.UNKNOWN), "a.1");
  }

  @Test
  void theMessagesOfEachSenderAreTakenFromTheFirstToTheLast() {
    say(ANN, 5);
    say(BOB, 2);
    say(ANN, 6);
    say(ANN, 9);

    assertThat(attendance.update().changes())
        .containsExactly(
            new RosterChange.Receive("ann", "a.1", 5, 9),
            new RosterChange.Receive("bob", "a.1", 2, 2));
  }

  @Test
  void allOfThemSeeTheRosterOfTheFirstLookThoughSomebodyComesMeanwhile() {
    Presence first = Presence.of(attendance);
    assertThat(first.all()).hasSize(2);
    long version = roll.version();
    first.addToAttendance();

    roll.add(new Member(new ConnectionId("eve"), Identity.UNKNOWN), "b.1");

    assertThat(Presence.of(attendance).all()).hasSize(2);
    assertThat(attendance.update().seen()).isEqualTo(OptionalLong.of(version));
  }

  @Test
  void aStateIsThatOfTheHookBeforeAndTheStoreIsAskedForWhatWasReadOfIt() {
    Presence first = Presence.of(attendance);
    assertThat(first.state("ann")).contains("");
    first.setState(ANN, "1");
    first.setState(BOB, "1");
    first.addToAttendance();
    Presence failed = Presence.of(attendance);
    failed.setState(BOB, "of a hook that failed");

    Presence last = Presence.of(attendance);
    assertThat(last.state("ann")).contains("1");
    assertThat(last.state("bob")).contains("1");
    last.setState(ANN, "2");
    last.addToAttendance();

    assertThat(attendance.update().seenStates()).isEqualTo(Map.of("ann", Bytes.empty()));
    assertThat(attendance.update().states())
        .isEqualTo(Map.of("ann", Bytes.utf8("2"), "bob", Bytes.utf8("1")));
    assertThat(attendance.update().changes()).isEqualTo(List.of());
  }

  private void say(ConnectionId who, long number) {
    Presence.saying(attendance, who, number).addToAttendance();
  }
}
