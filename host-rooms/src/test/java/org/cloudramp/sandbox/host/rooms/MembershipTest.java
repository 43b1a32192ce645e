package org.cloudramp.sandbox.host.rooms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.junit.jupiter.api.Test;

class MembershipTest {
  private final Rooms rooms = new Rooms();
  private final Stage lobby = new Stage(rooms, "chat", "lobby");

  @Test
  void aConnectionIsAMemberFromTheBeginningOfItsJoin() throws Exception {
    Line ada = new Line("ada");
    rooms.attach(new RoomAddress(lobby.service, lobby.room), ada);
    assertThat(lobby.users()).isEqualTo(List.of());

    lobby.begin(lobby.joining(ada));

    assertThat(lobby.users()).isEqualTo(List.of("ada"));
    lobby.effect("room", "broadcast", Payload.text("ada came"), List.of());
    assertThat(ada.texts()).containsExactly("ada came");
  }

  @Test
  void aConnectionStaysIfTheGuestHasNoJoinHook() {
    Line ada = new Line("ada");
    rooms.attach(new RoomAddress(lobby.service, lobby.room), ada);
    lobby.begin(lobby.joining(ada));

    lobby.end(lobby.joining(ada), new HookOutcome.Absent());

    assertThat(lobby.users()).isEqualTo(List.of("ada"));
  }

  @Test
  void aRefusedJoinUndoesItself() {
    Line ada = new Line("ada");
    rooms.attach(new RoomAddress(lobby.service, lobby.room), ada);
    lobby.begin(lobby.joining(ada));

    lobby.end(lobby.joining(ada), new HookOutcome.Refused());

    assertThat(lobby.users()).isEqualTo(List.of());
    assertThat(rooms.count()).isZero();
  }

  @Test
  void aFailedJoinUndoesItself() {
    Line ada = new Line("ada");
    rooms.attach(new RoomAddress(lobby.service, lobby.room), ada);
    lobby.begin(lobby.joining(ada));

    lobby.end(
        lobby.joining(ada),
        new HookOutcome.Failed(new GuestException(GuestException.Kind.TRAPPED, "unreachable")));

    assertThat(lobby.users()).isEqualTo(List.of());
    assertThat(rooms.count()).isZero();
  }

  @Test
  void aJoinThatCannotRunUndoesItself() {
    Line ada = new Line("ada");
    rooms.attach(new RoomAddress(lobby.service, lobby.room), ada);

    rooms.onAbort(lobby.joining(ada), new IllegalStateException("no module"));

    assertThat(rooms.count()).isZero();
  }

  @Test
  void aConnectionIsNoMemberAnyMoreWhenItsLeaveBegins() throws Exception {
    Line ada = lobby.join("ada");
    Line bob = lobby.join("bob");

    lobby.begin(lobby.leaving(ada));

    assertThat(lobby.users()).isEqualTo(List.of("bob"));
    lobby.effect("room", "broadcast", Payload.text("ada left"), List.of());
    assertThat(ada.texts()).isEmpty();
    assertThat(bob.texts()).containsExactly("ada left");
  }

  @Test
  void aMessageThatFailsSendsNobodyAway() {
    Line ada = lobby.join("ada");
    HookCall message =
        new HookCall.Message(
            new RoomAddress(lobby.service, lobby.room), ada.id(), Payload.text("hi"));

    lobby.begin(message);
    lobby.end(
        message,
        new HookOutcome.Failed(new GuestException(GuestException.Kind.DEADLINE, "too slow")));
    rooms.onAbort(message, new IllegalStateException("no module"));

    assertThat(lobby.users()).isEqualTo(List.of("ada"));
  }

  @Test
  void aLeaveWithoutAJoinForgetsTheAnnouncement() {
    Line ada = new Line("ada");
    rooms.attach(new RoomAddress(lobby.service, lobby.room), ada);

    lobby.leave(ada);
    lobby.begin(lobby.joining(ada));

    assertThat(lobby.users()).isEqualTo(List.of());
    assertThat(rooms.count()).isZero();
  }

  @Test
  void aJoinWithoutAnAnnouncementAddsNobody() {
    lobby.begin(lobby.joining(new Line("ghost")));

    assertThat(lobby.users()).isEqualTo(List.of());
    assertThat(rooms.count()).isZero();
  }

  @Test
  void detachingForgetsAndMayBeRepeated() {
    Line ada = lobby.join("ada");

    rooms.detach(new RoomAddress(lobby.service, lobby.room), ada.id());
    rooms.detach(new RoomAddress(lobby.service, lobby.room), ada.id());

    assertThat(lobby.users()).isEqualTo(List.of());
    assertThat(rooms.count()).isZero();
  }

  @Test
  void anIdIsUsedOnceInARoom() {
    lobby.join("ada");

    assertThatThrownBy(() -> lobby.join("ada"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("ada");
  }

  @Test
  void usersAreListedInTheOrderTheyJoined() {
    lobby.join("zoe");
    Line ada = lobby.join("ada");
    lobby.join("mia");
    lobby.leave(ada);
    lobby.join(ada);

    assertThat(lobby.users()).isEqualTo(List.of("zoe", "mia", "ada"));
    assertThat(rooms.connections(new RoomAddress(lobby.service, lobby.room))).hasSize(3);
  }

  @Test
  void roomsOfTheSameNameInDifferentServicesAreDifferentRooms() {
    Stage other = new Stage(rooms, "game", "lobby");
    lobby.join("ada");
    other.join("bob");

    assertThat(lobby.users()).isEqualTo(List.of("ada"));
    assertThat(other.users()).isEqualTo(List.of("bob"));
  }

  @Test
  void roomsThatComeAndGoOnManyThreadsLeaveNothingBehind() throws Exception {
    int threads = 4;
    CyclicBarrier start = new CyclicBarrier(threads);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      // All threads come and go in one room: joins into a room that another thread empties.
      List<Future<?>> runs =
          IntStream.range(0, threads)
              .<Future<?>>mapToObj(
                  thread ->
                      pool.submit(
                          () -> {
                            start.await();
                            for (int i = 0; i < 5_000; i++) {
                              Line line = lobby.join(thread + "-" + i);
                              assertThat(
                                      rooms.connections(new RoomAddress(lobby.service, lobby.room)))
                                  .contains(line.id());
                              lobby.leave(line);
                            }
                            return null;
                          }))
              .toList();
      for (Future<?> run : runs) {
        run.get();
      }
    } finally {
      pool.shutdownNow();
    }

    assertThat(rooms.count()).isZero();
  }
}
