package org.cloudramp.sandbox.host.rooms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.hook.Emission;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionFunctionsTest {
  private static final Payload HI = Payload.text("hi");

  private final Rooms rooms = new Rooms();
  private final Stage lobby = new Stage(rooms, "chat", "lobby");
  private final Line ada = new Line("ada");
  private final Line bob = new Line("bob");

  @BeforeEach
  void twoUsers() {
    lobby.join(ada);
    lobby.join(bob);
  }

  @Test
  void aMessageToOneConnectionReachesThatOne() throws Exception {
    Emission emission = lobby.effect("conn", "send", "ada", HI);

    assertThat(ada.taken()).containsExactly(HI);
    assertThat(bob.taken()).isEmpty();
    assertThat(emission).isEqualTo(Emission.toConnection(HI, new ConnectionId("ada")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody", "", "../ada", "ada\n", "Ada"})
  void aMessageToNobodyIsRefusedWhenItIsCalled(String id) {
    assertRefused(HostFunctionException.GONE, () -> lobby.call("conn", "send", id, HI));
    assertRefused(HostFunctionException.GONE, () -> lobby.call("conn", "close", id, 1000, ""));
  }

  @Test
  void whatIsRememberedIsKeptWhenTheHookHasSucceededAndNotBefore() throws Exception {
    assertThat(rooms.state(address(), ada.id())).contains("");
    Emission emission = lobby.call("conn", "setState", "ada", "muted");
    assertThat(emission).isEqualTo(Emission.of(Payload.text("ada muted")));
    assertThat(lobby.answer("conn", "state", "ada")).isEqualTo(""); // for another call

    lobby.happen("conn", "setState", "ada", "muted");

    assertThat(lobby.answer("conn", "state", "ada")).isEqualTo("muted");
    assertThat(rooms.state(address(), ada.id())).contains("muted");
    assertThat(rooms.state(address(), bob.id())).contains("");
    lobby.effect("conn", "setState", "ada", "");
    assertThat(lobby.answer("conn", "state", "ada")).isEqualTo("");
  }

  @Test
  void nobodyIsRememberedWhoIsNotInTheRoom() throws Exception {
    lobby.call("conn", "setState", "ada", "late");
    rooms.detach(address(), ada.id());
    lobby.happen("conn", "setState", "ada", "late");

    assertThat(rooms.state(address(), ada.id())).isEmpty();
    lobby.join("ada");
    assertThat(lobby.answer("conn", "state", "ada")).isEqualTo("");
    assertRefused(HostFunctionException.GONE, () -> lobby.call("conn", "setState", "nobody", "x"));
    assertRefused(HostFunctionException.GONE, () -> lobby.answer("conn", "state", "nobody"));
  }

  @Test
  void aStateHasTwoKibibytes() throws Exception {
    String fits = "é".repeat(1_024);
    lobby.effect("conn", "setState", "ada", fits);

    assertThat(rooms.state(address(), ada.id())).contains(fits);
    assertRefused(
        HostFunctionException.LIMIT, () -> lobby.call("conn", "setState", "ada", fits + "x"));
  }

  private RoomAddress address() {
    return new RoomAddress(lobby.service, lobby.room);
  }

  @Test
  void aConnectionThatHasLeftIsGone() {
    lobby.begin(lobby.leaving(ada));

    assertRefused(HostFunctionException.GONE, () -> lobby.call("conn", "send", "ada", HI));
    assertRefused(HostFunctionException.GONE, () -> lobby.call("conn", "close", "ada", 1000, ""));
  }

  @Test
  void aConnectionOfAnotherRoomIsOutOfReach() throws Exception {
    Stage kitchen = new Stage(rooms, "chat", "kitchen");
    Line eve = kitchen.join("eve");

    assertRefused(HostFunctionException.GONE, () -> lobby.call("conn", "send", "eve", HI));
    lobby.happen("conn", "send", "eve", HI);

    assertThat(eve.taken()).isEmpty();
  }

  @Test
  void whatIsForAConnectionThatGoesBeforeDeliveryIsDroppedAndCounted() throws Exception {
    lobby.call("conn", "send", "ada", HI);
    lobby.call("conn", "close", "ada", 1000, "bye");
    rooms.detach(new RoomAddress(lobby.service, lobby.room), ada.id());

    lobby.happen("conn", "send", "ada", HI);
    lobby.happen("conn", "close", "ada", 1000, "bye");

    assertThat(ada.taken()).isEmpty();
    assertThat(ada.closed()).isEmpty();
    assertThat(rooms.dropped()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 3000, 4000, 4999})
  void aConnectionIsClosedWithTheCodeAndReasonOfTheGuest(int code) throws Exception {
    Emission emission = lobby.effect("conn", "close", "ada", code, "bye 👋");

    assertThat(ada.closed()).isEqualTo(code + " bye 👋");
    assertThat(bob.closed()).isEmpty();
    assertThat(emission)
        .isEqualTo(Emission.toConnection(Payload.text(code + " bye 👋"), new ConnectionId("ada")));
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 999, 1001, 1006, 1015, 2999, 5000, 65_536 + 1000})
  void aCodeThatIsNotTheGuestsToUseIsRefused(int code) {
    assertRefused(
        HostFunctionException.BAD_REQUEST, () -> lobby.call("conn", "close", "ada", code, ""));
  }

  @Test
  void aReasonFitsAControlFrame() throws Exception {
    String fits = "€".repeat(41);
    lobby.effect("conn", "close", "ada", 1000, fits);

    assertThat(ada.closed()).isEqualTo("1000 " + fits);
    assertRefused(
        HostFunctionException.BAD_REQUEST,
        () -> lobby.call("conn", "close", "bob", 1000, fits + "!"));
  }

  @Test
  void whatIsSentAfterACloseIsDroppedAndCounted() throws Exception {
    lobby.effect("conn", "close", "ada", 1000, "");
    lobby.effect("conn", "send", "ada", HI);

    assertThat(ada.taken()).isEmpty();
    assertThat(rooms.dropped()).isEqualTo(1);
  }

  private static void assertRefused(int code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .asInstanceOf(type(HostFunctionException.class))
        .extracting(HostFunctionException::code)
        .isEqualTo(code);
  }
}
