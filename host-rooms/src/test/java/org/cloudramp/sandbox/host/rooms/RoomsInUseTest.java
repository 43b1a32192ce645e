package org.cloudramp.sandbox.host.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.junit.jupiter.api.Test;

/** When a guest with new memory is told that its room is not new. */
class RoomsInUseTest {
  private final Rooms rooms = new Rooms();
  private final Stage lobby = new Stage(rooms, "chat", "lobby");

  @Test
  void aRoomIsNewForTheFirstWhoJoins() {
    Line ada = announce("ada");

    lobby.begin(lobby.joining(ada));

    assertThat(isInUse()).isFalse();
  }

  @Test
  void itIsInUseForWhateverFollows() {
    Line ada = lobby.join("ada");
    assertThat(isInUse()).isTrue();

    Line bob = announce("bob");
    lobby.begin(lobby.joining(bob));

    assertThat(isInUse()).isTrue();
    assertThat(rooms.isInUse(new RoomAddress(new Stage(rooms, "game", "x").service, lobby.room)))
        .isFalse();
    assertThat(ada.texts()).isEmpty();
  }

  @Test
  void itIsInUseUntilTheLeaveOfTheLastHasEnded() {
    Line ada = lobby.join("ada");

    lobby.begin(lobby.leaving(ada));
    boolean whileTheHookRuns = isInUse();
    lobby.end(lobby.leaving(ada), new HookOutcome.Completed());

    assertThat(whileTheHookRuns).isTrue();
    assertThat(isInUse()).isFalse();
    assertThat(rooms.count()).isZero();
  }

  @Test
  void itIsInNobodysUseOnceTheLastLeaveCouldNotRun() {
    Line ada = lobby.join("ada");

    lobby.begin(lobby.leaving(ada));
    rooms.onAbort(lobby.leaving(ada), new IllegalStateException("no module"));

    assertThat(isInUse()).isFalse();
    assertThat(rooms.count()).isZero();
  }

  @Test
  void itIsNewAgainForWhoIsOnTheWayWhenTheLastLeaves() {
    Line ada = lobby.join("ada");
    Line bob = announce("bob");

    lobby.leave(ada);

    assertThat(isInUse()).isFalse();
    lobby.begin(lobby.joining(bob));
    assertThat(isInUse()).isFalse();
  }

  @Test
  void whoComesBackWhileTheirLeaveRunsIsStillOnTheWay() {
    Line ada = lobby.join("ada");
    lobby.begin(lobby.leaving(ada));
    Line again = announce("ada");

    lobby.end(lobby.leaving(ada), new HookOutcome.Completed());
    lobby.begin(lobby.joining(again));

    assertThat(lobby.users()).isEqualTo(List.of("ada"));
  }

  @Test
  void aJoinThatTheGuestDidNotTakeLeavesItNew() {
    Line ada = announce("ada");
    lobby.begin(lobby.joining(ada));

    lobby.end(lobby.joining(ada), new HookOutcome.Refused());

    assertThat(isInUse()).isFalse();
  }

  @Test
  void hooksThatTheGuestDoesNotHaveUseNoRoom() {
    Line ada = announce("ada");
    lobby.begin(lobby.joining(ada));
    lobby.end(lobby.joining(ada), new HookOutcome.Absent());
    lobby.end(
        message(ada), new HookOutcome.Refused(Optional.of(new CloseFrame(1003, "text only"))));
    boolean before = isInUse();

    lobby.end(message(ada), new HookOutcome.Refused());

    assertThat(before).isFalse();
    assertThat(isInUse()).isTrue();
  }

  @Test
  void aHookThatFailedHasUsedTheRoom() {
    Line ada = announce("ada");
    lobby.begin(lobby.joining(ada));
    lobby.end(lobby.joining(ada), new HookOutcome.Absent());

    lobby.end(
        message(ada),
        new HookOutcome.Failed(new GuestException(GuestException.Kind.TRAPPED, "unreachable")));

    assertThat(isInUse()).isTrue();
  }

  private boolean isInUse() {
    return rooms.isInUse(new RoomAddress(lobby.service, lobby.room));
  }

  private Line announce(String id) {
    Line line = new Line(id);
    rooms.attach(new RoomAddress(lobby.service, lobby.room), line);
    return line;
  }

  private HookCall message(Line from) {
    return new HookCall.Message(
        new RoomAddress(lobby.service, lobby.room), from.id(), Payload.text("hi"));
  }
}
