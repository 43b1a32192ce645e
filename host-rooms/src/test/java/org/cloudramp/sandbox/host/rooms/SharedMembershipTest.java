package org.cloudramp.sandbox.host.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.extension.RoomOrder;
import org.cloudramp.sandbox.api.extension.SessionAnswer;
import org.cloudramp.sandbox.api.extension.SessionProof;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The connections of this process in a room of many servers, as the room's log moves them. */
class SharedMembershipTest {
  /** Everything is shared; what the host does is written down. */
  private static final class Shared implements RoomOrder {
    private final List<String> performed = new ArrayList<>();
    private SessionAnswer answer = new SessionAnswer.Unknown();
    private Runnable whenFound = () -> {};

    @Override
    public CompletionStage<SessionAnswer> resume(
        RoomAddress address, SessionProof proof, Consumer<Identity> found) {
      found.accept(Identity.UNKNOWN);
      whenFound.run();
      return CompletableFuture.completedFuture(answer);
    }

    @Override
    public CompletionStage<Void> run(RoomAddress address, Runnable task) {
      throw new AssertionError("in a shared room the host speaks by way of the log");
    }

    @Override
    public boolean isShared(RoomAddress address) {
      return true;
    }

    @Override
    public CompletionStage<Void> perform(
        RoomAddress address, String function, Object... arguments) {
      performed.add(function + Arrays.asList(arguments));
      return CompletableFuture.completedFuture(null);
    }
  }

  private final Shared order = new Shared();
  private final Rooms rooms = new Rooms();
  private final Stage lobby = new Stage(rooms, "chat", "lobby");
  private final RoomAddress address = new RoomAddress(lobby.service, lobby.room);
  private final Line ada = new Line("ada");

  @BeforeEach
  void start() {
    rooms.start(order);
    rooms.attach(address, ada);
  }

  @Test
  void whoGoesOnHereTakesThePlaceOfTheConnectionBefore() {
    rooms.at(address, new LogPosition("e", 3));
    adaJoins();
    Line again = new Line("ada");
    resuming(again, 9);

    rooms.broadcast(address, Payload.text("x"), List.of());

    assertThat(ada.told()).containsExactly("admitted 3", "superseded");
    assertThat(again.told()).containsExactly("admitted 9");
    assertThat(ada.texts()).isEmpty();
    assertThat(again.texts()).containsExactly("x");
    assertThat(rooms.connections(address)).containsExactly(ada.id());
  }

  @Test
  void whoGoesOnElsewhereIsForgottenHereAndNothingIsDueForThem() {
    adaJoins();

    assertThat(rooms.resumed(address, ada.id(), false)).isFalse();

    assertThat(ada.told()).contains("superseded");
    assertThat(rooms.connections(address)).isEmpty();
    assertThat(rooms.count()).isZero();
    assertThat(rooms.isLetGo(address, ada.id())).isFalse();
  }

  @Test
  void whoIsNotResumedAfterAllIsNotAnnouncedAnyMore() {
    rooms.detach(address, ada.id());
    order.answer = new SessionAnswer.Unknown();

    rooms.resume(address, proof(), identity -> new Line("ada"));

    assertThat(rooms.count()).isZero();
  }

  @Test
  void connectionsAreToldNowAndThenHowFarTheyAre() {
    adaJoins();

    for (int offset = 1; offset <= 130; offset++) {
      rooms.at(address, new LogPosition("e", offset));
    }

    assertThat(ada.told()).endsWith("passed 63", "passed 127");
  }

  @Test
  void whoIsToldHowFarTheyAreBringsTheStampBackThatIsThere() {
    adaJoins();
    LogPosition before = new LogPosition("e", 63, LogPosition.MIN_STAMP + 5);

    rooms.at(address, before);
    rooms.at(address, new LogPosition("e", 64, LogPosition.MIN_STAMP + 6));

    assertThat(ada.passed().number()).isEqualTo(before.number());
  }

  private void resuming(Line line, long offset) {
    order.answer = new SessionAnswer.Resumed(0, new LogPosition("e", offset));
    order.whenFound =
        () -> {
          rooms.at(address, new LogPosition("e", offset));
          assertThat(rooms.resumed(address, line.id(), true)).isTrue();
        };
    rooms.resume(address, proof(), identity -> line);
  }

  private SessionProof proof() {
    return new SessionProof(
        ada.id(), Bytes.utf8("key"), Bytes.utf8("next"), LogPosition.none(), "");
  }

  private void adaJoins() {
    lobby.begin(lobby.joining(ada));
    assertThat(rooms.joined(address, ada.id())).isTrue();
    lobby.end(lobby.joining(ada), new HookOutcome.Completed());
  }

  @Test
  void aConnectionGetsMessagesFromTheEntryOnThatSaysThatItHasJoined() {
    lobby.begin(lobby.joining(ada));
    rooms.broadcast(address, Payload.text("before"), List.of());

    assertThat(rooms.joined(address, ada.id())).isTrue();
    rooms.broadcast(address, Payload.text("after"), List.of());

    assertThat(ada.texts()).containsExactly("after");
  }

  @Test
  void connectionsOfOtherServersAreNobodyHere() {
    adaJoins();
    ConnectionId elsewhere = new ConnectionId("elsewhere");

    assertThat(rooms.joined(address, elsewhere)).isFalse();
    rooms.send(address, "elsewhere", Payload.text("psst"));
    rooms.close(address, "elsewhere", 4000, "");
    rooms.left(address, elsewhere);

    assertThat(rooms.dropped()).isZero();
    assertThat(rooms.connections(address)).containsExactly(ada.id());
  }

  @Test
  void aLeaveOfItsOwnEndsAMembershipWithTheLogsEntryAndClosesNothing() {
    adaJoins();

    lobby.begin(lobby.leaving(ada));
    rooms.broadcast(address, Payload.text("earlier in the log"), List.of());
    rooms.left(address, ada.id());
    rooms.broadcast(address, Payload.text("ada left"), List.of());
    lobby.end(lobby.leaving(ada), new HookOutcome.Completed());

    assertThat(ada.texts()).containsExactly("earlier in the log");
    assertThat(ada.closed()).isEmpty();
    assertThat(rooms.count()).isZero();
  }

  @Test
  void whoWasLetGoByAnotherServerIsToldToComeAgainAndSaysNothingMoreUntilItsLeave() {
    adaJoins();

    rooms.left(address, ada.id());

    assertThat(ada.closed()).isEqualTo("4012 another server has let this connection go");
    assertThat(rooms.isLetGo(address, ada.id())).isTrue();
    assertThat(rooms.connections(address)).isEmpty();
    lobby.begin(lobby.leaving(ada));
    assertThat(rooms.isLetGo(address, ada.id())).isFalse();
    lobby.end(lobby.leaving(ada), new HookOutcome.Absent());
    assertThat(rooms.count()).isZero();
  }

  @Test
  void afterAGapAllComeAgainThoseOnTheWayToo() {
    adaJoins();
    Line bob = new Line("bob");
    rooms.attach(address, bob);

    rooms.missed(address);

    assertThat(ada.closed()).isEqualTo("4012 messages of this room are lost");
    assertThat(bob.closed()).isEqualTo("4012 messages of this room are lost");
    assertThat(rooms.isLetGo(address, ada.id())).isFalse();
  }

  @Test
  void aFencedServerTellsAllToComeAgainAndNothingOfThemIsRun() {
    adaJoins();

    rooms.fenced();

    assertThat(ada.closed()).isEqualTo("4012 this server starts over");
    assertThat(rooms.isLetGo(address, ada.id())).isTrue();
    lobby.leave(ada);
    assertThat(rooms.count()).isZero();
  }

  @Test
  void whatTheHostSaysGoesByWayOfTheLog() {
    rooms.say(address, Payload.text("all"));
    rooms.say(address, ada.id(), Payload.text("one"));
    rooms.dismiss(address, ada.id(), 4000, "enough");

    assertThat(order.performed)
        .containsExactly(
            "room.broadcast" + List.of(Payload.text("all"), List.of()),
            "conn.send" + List.of("ada", Payload.text("one")),
            "conn.close" + List.of("ada", 4000, "enough"));
    assertThat(ada.texts()).isEmpty();
  }
}
