package org.cloudramp.sandbox.host.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.hook.Emission;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.junit.jupiter.api.Test;

class RoomFunctionsTest {
  private final Rooms rooms = new Rooms();
  private final Stage lobby = new Stage(rooms, "chat", "lobby");

  @Test
  void aBroadcastReachesThreeHundredUsersWithoutACopy() throws Exception {
    List<Line> lines = IntStream.range(0, 300).mapToObj(i -> lobby.join("user-" + i)).toList();
    Payload payload = Payload.text("👋, all of you");

    lobby.effect("room", "broadcast", payload, List.of());

    assertThat(lines)
        .allSatisfy(
            line -> {
              assertThat(line.taken()).hasSize(1);
              assertThat(line.taken().get(0)).isSameAs(payload);
            });
    assertThat(rooms.dropped()).isZero();
  }

  @Test
  void nothingLeavesBeforeTheHookHasSucceeded() throws Exception {
    Line ada = lobby.join("ada");

    lobby.call("room", "broadcast", Payload.text("too early"), List.of());

    assertThat(ada.texts()).isEmpty();
  }

  @Test
  void aBroadcastStaysInItsRoom() throws Exception {
    Line here = lobby.join("here");
    Line elsewhere = new Stage(rooms, "chat", "kitchen").join("elsewhere");
    Line foreign = new Stage(rooms, "game", "lobby").join("foreign");

    lobby.effect("room", "broadcast", Payload.text("hi"), List.of());

    assertThat(here.texts()).containsExactly("hi");
    assertThat(elsewhere.texts()).isEmpty();
    assertThat(foreign.texts()).isEmpty();
  }

  @Test
  void aBroadcastSkipsThoseItIsNotFor() throws Exception {
    Line ada = lobby.join("ada");
    Line bob = lobby.join("bob");

    Emission emission =
        lobby.effect(
            "room",
            "broadcast",
            Payload.text("hi"),
            List.of("ada", "ada", "gone", "../no id\n", ""));

    assertThat(ada.texts()).isEmpty();
    assertThat(bob.texts()).containsExactly("hi");
    assertThat(emission)
        .isEqualTo(Emission.toRoom(Payload.text("hi"), List.of(new ConnectionId("ada"))));
  }

  @Test
  void whatIsSentToSomeReachesEachOfThemOnceAndNobodyElse() throws Exception {
    Line ada = lobby.join("ada");
    Line bob = lobby.join("bob");
    Line mia = lobby.join("mia");
    Line foreign = new Stage(rooms, "game", "lobby").join("foreign");
    Payload payload = Payload.binary(new byte[] {1});

    Emission emission =
        lobby.effect(
            "room",
            "sendTo",
            List.of("mia", "ada", "mia", "gone", "foreign", "../no id\n", ""),
            payload);

    assertThat(mia.taken()).hasSize(1).first().isSameAs(payload);
    assertThat(ada.taken()).hasSize(1).first().isSameAs(payload);
    assertThat(bob.taken()).isEmpty();
    assertThat(foreign.taken()).isEmpty();
    assertThat(emission)
        .isEqualTo(
            Emission.toConnections(
                payload, List.of(new ConnectionId("mia"), new ConnectionId("ada"))));
    assertThat(rooms.dropped()).isZero();
  }

  @Test
  void whatIsSentToNobodyReachesNobody() throws Exception {
    Line ada = lobby.join("ada");

    Emission emission = lobby.effect("room", "sendTo", List.of(), Payload.text("hi"));
    lobby.effect("room", "sendTo", List.of("gone"), Payload.text("hi"));

    assertThat(ada.taken()).isEmpty();
    assertThat(emission.to()).isEmpty();
  }

  @Test
  void whoIsBehindMissesWhatIsSentToSome() throws Exception {
    Line slow = lobby.join(new Line("slow", 1));
    Line fast = lobby.join("fast");

    lobby.effect("room", "sendTo", List.of("slow", "fast"), Payload.text("1"));
    lobby.effect("room", "sendTo", List.of("slow", "fast"), Payload.text("2"));

    assertThat(slow.texts()).containsExactly("1");
    assertThat(fast.texts()).containsExactly("1", "2");
    assertThat(rooms.dropped()).isEqualTo(1);
  }

  @Test
  void everyConnectionGetsMessagesInTheOrderTheyWereSent() throws Exception {
    Line ada = lobby.join("ada");
    Line bob = lobby.join("bob");

    lobby.effect("room", "broadcast", Payload.text("1"), List.of());
    lobby.effect("conn", "send", "ada", Payload.text("2"));
    lobby.effect("room", "broadcast", Payload.text("3"), List.of());
    lobby.effect("room", "sendTo", List.of("bob", "ada"), Payload.text("4"));

    assertThat(ada.texts()).containsExactly("1", "2", "3", "4");
    assertThat(bob.texts()).containsExactly("1", "3", "4");
  }

  @Test
  void aConnectionThatIsBehindMissesMessagesAndTheOthersDoNot() throws Exception {
    Line slow = lobby.join(new Line("slow", 1));
    Line fast = lobby.join("fast");

    for (int i = 0; i < 5; i++) {
      lobby.effect("room", "broadcast", Payload.text("" + i), List.of());
    }

    assertThat(slow.texts()).containsExactly("0");
    assertThat(fast.texts()).containsExactly("0", "1", "2", "3", "4");
    assertThat(rooms.dropped()).isEqualTo(4);
  }

  @Test
  void aConnectionThatBreaksItsPromiseHarmsNobodyElse() throws Exception {
    RoomConnection broken =
        new RoomConnection() {
          @Override
          public ConnectionId id() {
            return new ConnectionId("broken");
          }

          @Override
          public boolean send(Payload payload) {
            throw new IllegalStateException("a bug of the server");
          }

          @Override
          public void close(int code, String reason) {}
        };
    rooms.attach(new RoomAddress(lobby.service, lobby.room), broken);
    lobby.begin(new HookCall.Join(new RoomAddress(lobby.service, lobby.room), broken.id()));
    Line ada = lobby.join("ada");

    lobby.effect("room", "broadcast", Payload.text("hi"), List.of());

    assertThat(ada.texts()).containsExactly("hi");
    assertThat(rooms.dropped()).isEqualTo(1);
  }

  @Test
  void aRoomWithoutConnectionsIsEmptyAndTakesBroadcasts() throws Exception {
    lobby.effect("room", "broadcast", Payload.text("hello?"), List.of());

    assertThat(lobby.users()).isEqualTo(List.of());
    assertThat(rooms.dropped()).isZero();
  }

  @Test
  void membersAreNamedWithWhoTheyAreInTheOrderInWhichTheyJoined() {
    lobby.join(new Line("c1", new Identity("ann", "{\"role\":\"owner\"}")));
    Line left = lobby.join("c2");
    lobby.join("c3");
    lobby.join(new Line("c4", Identity.ofUser("ann")));
    lobby.leave(left);

    assertThat(lobby.answerOf("members"))
        .isEqualTo(
            List.of(
                List.of("c1", "ann", "{\"role\":\"owner\"}"),
                List.of("c3", "", ""),
                List.of("c4", "ann", "")));
  }
}
