package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.core.TestRooms.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a guest's no, and of the words that go with it. */
class RefusalTest {
  private static final ServiceId SERVICE = new ServiceId("demo");
  private static final RoomAddress LOBBY = RoomAddress.of("demo", "lobby");
  private static final Payload TEXT = Payload.text("?");
  private static final Payload BINARY = Payload.binary(new byte[] {1});

  @TempDir Path folder;
  private final Rooms rooms = new Rooms();
  private Sandbox sandbox;

  @BeforeEach
  void begin() {
    sandbox =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "2s"))
            .extension(rooms)
            .build();
  }

  @AfterEach
  void end() {
    sandbox.close();
  }

  @Test
  void aJoinIsRefusedWithTheCodeAndTheReasonOfTheGuestWhateverItReturns() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("turn-away"));

    HookResult result = join("carl");

    assertThat(result.outcome())
        .isEqualTo(refusedWith(new CloseFrame(4010, "the room is full, é")));
    assertThat(result.accepted()).isFalse();
    assertThat(rooms.connections(LOBBY)).isEmpty();
  }

  @Test
  void ofTwoRefusalsTheFirstCounts() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("turn-away"));

    assertThat(join("tina").outcome())
        .isEqualTo(refusedWith(new CloseFrame(4010, "the room is full, é")));
  }

  @Test
  void aCodeThatIsNotTheGuestsToUseIsAnErrorAndNoRefusal() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("turn-away"));

    assertThat(join("nora").outcome()).isEqualTo(new HookOutcome.Completed());
  }

  @Test
  void aReasonThatNoFrameHoldsIsCut() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("turn-away"));

    HookOutcome outcome = join("lisa").outcome();

    assertThat(outcome).isEqualTo(refusedWith(new CloseFrame(4012, "l".repeat(120) + "…")));
  }

  @Test
  void aHookThatFailsAfterItHasRefusedHasFailed() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("turn-away"));

    assertThat(join("finn").outcome()).isInstanceOf(HookOutcome.Failed.class);
  }

  @Test
  void whoIsRefusedWithoutAWordIsRefused() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("refuse"));

    assertThat(join("xavier").outcome()).isEqualTo(new HookOutcome.Refused());
    assertThat(new HookOutcome.Refused().close()).isEmpty();
  }

  @Test
  void elsewhereThanInOnJoinItIsDeniedAndTheHookGoesOn() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("turn-away"));

    HookResult result = say(TEXT);

    assertThat(result.outcome()).isEqualTo(new HookOutcome.Completed());
    assertThat(result.events())
        .extracting(event -> event.payload().text())
        .containsExactly("5"); // denied
  }

  @Test
  void aMessageOfAKindThatTheGuestDoesNotTakeIsRefusedAndItsSenderToBeClosed() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("turn-away"));

    HookResult result = say(BINARY);

    assertThat(result.outcome())
        .isEqualTo(
            refusedWith(new CloseFrame(1003, "this room takes text messages, and no binary ones")));
    assertThat(result.events()).isEmpty();
  }

  @Test
  void aGuestOfBinaryMessagesIsNotWokenForAText() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("binary-only"));

    assertThat(say(TEXT).outcome())
        .isEqualTo(
            refusedWith(new CloseFrame(1003, "this room takes binary messages, and no text")));
    assertThat(say(BINARY).outcome()).isEqualTo(new HookOutcome.Completed());
  }

  @ParameterizedTest
  @ValueSource(strings = {"echo", "remember"})
  void aGuestThatSaysNothingOfKindsTakesBoth(String guest) throws Exception {
    sandbox.publish(SERVICE, Guests.wasm(guest));

    assertThat(say(TEXT).outcome()).isEqualTo(new HookOutcome.Completed());
    assertThat(say(BINARY).outcome()).isEqualTo(new HookOutcome.Completed());
  }

  private HookResult join(String name) throws Exception {
    return await(sandbox.dispatch(new HookCall.Join(LOBBY, new ConnectionId(name))));
  }

  private HookResult say(Payload payload) throws Exception {
    return await(sandbox.dispatch(new HookCall.Message(LOBBY, new ConnectionId("anna"), payload)));
  }

  private static HookOutcome refusedWith(CloseFrame frame) {
    assertThat(frame.reason().getBytes(StandardCharsets.UTF_8).length)
        .isLessThanOrEqualTo(CloseFrame.MAX_REASON_BYTES);
    return new HookOutcome.Refused(Optional.of(frame));
  }
}
