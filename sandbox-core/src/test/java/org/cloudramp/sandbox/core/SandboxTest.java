package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.core.TestRooms.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.function.ValueType;
import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.TestRooms.Member;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SandboxTest {
  private static final ServiceId SERVICE = new ServiceId("demo");
  private static final RoomId LOBBY = new RoomId("lobby");
  private static final ConnectionId ANNA = new ConnectionId("anna");

  @TempDir Path folder;
  private final Rooms rooms = new Rooms();
  private Sandbox sandbox;
  private TestRooms people;

  @BeforeEach
  void start() {
    sandbox = builder().build();
    people = new TestRooms(sandbox, rooms);
  }

  private SandboxBuilder builder() {
    return Sandbox.builder()
        .settings(
            Map.of(
                "store.filesystem.folder",
                folder.toString(),
                // Machines that run tests are slow at times; what is tested here is no speed.
                "limits.time",
                "2s"))
        .extension(rooms);
  }

  @AfterEach
  void end() {
    sandbox.close();
  }

  @Test
  void runsWhatWasUploadedAndReturnsItsEvents() throws Exception {
    ModuleVersion version = sandbox.publish(SERVICE, Guests.wasm("echo"));

    HookResult result =
        await(
            sandbox.dispatch(
                new HookCall.Message(
                    new RoomAddress(SERVICE, LOBBY), ANNA, Payload.text("hello, 😀"))));

    assertThat(result.outcome()).isEqualTo(new HookOutcome.Completed());
    assertThat(result.events()).hasSize(1);
    Event event = result.events().get(0);
    assertThat(event.type()).isEqualTo("room.broadcast");
    assertThat(event.version()).isEqualTo(version);
    assertThat(event.service()).isEqualTo(SERVICE);
    assertThat(event.room()).isEqualTo(LOBBY);
    assertThat(event.payload()).isEqualTo(Payload.text("hello, 😀"));
  }

  @Test
  void tellsTheRoomWhoComesWhatIsSaidAndWhoGoes() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("echo"));
    Member anna = people.join(SERVICE, LOBBY, "anna");
    Member ben = people.join(SERVICE, LOBBY, "ben");

    people.say(SERVICE, LOBBY, anna, "hi");
    await(
        sandbox.dispatch(new HookCall.Leave(new RoomAddress(SERVICE, LOBBY), anna.id(), 1000, "")));

    assertThat(anna.texts()).containsExactly("+anna", "+ben", "hi");
    assertThat(ben.texts()).containsExactly("+ben", "hi", "-anna");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 512, 64 << 10, 300_000})
  void carriesMessagesOfAnySizeBothAsTextAndAsBinary(int size) throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("echo"));
    for (Payload payload :
        List.of(Payload.text("é".repeat(size / 2)), Payload.binary(new byte[size]))) {
      HookResult result =
          await(
              sandbox.dispatch(
                  new HookCall.Message(new RoomAddress(SERVICE, LOBBY), ANNA, payload)));

      assertThat(result.outcome()).isEqualTo(new HookOutcome.Completed());
      assertThat(result.events().get(0).payload()).isEqualTo(payload);
    }
  }

  @Test
  void aDeadlineSaysWhetherTheCodeWasCold() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("trap"));
    Member anna = people.join(SERVICE, LOBBY, "anna");

    HookResult cold = people.say(SERVICE, LOBBY, anna, "l");
    for (int i = 0; i < 1_000; i++) {
      people.say(SERVICE, LOBBY, anna, "warm");
    }
    HookResult warm = people.say(SERVICE, LOBBY, anna, "l");

    String note = "the code was cold: this was hook ";
    assertThat(((HookOutcome.Failed) cold.outcome()).cause()).hasMessageContaining(note);
    assertThat(((HookOutcome.Failed) warm.outcome()).cause())
        .isInstanceOf(GuestException.class)
        .hasMessageNotContaining(note);
  }

  @Test
  void runsTheHooksOfARoomInTheOrderOfTheirCalls() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("echo"));
    Member anna = people.join(SERVICE, LOBBY, "anna");
    List<CompletableFuture<HookResult>> calls = new ArrayList<>();
    List<String> expected = new ArrayList<>(List.of("+anna"));
    for (int i = 0; i < 1_000; i++) {
      expected.add("m" + i);
      calls.add(
          sandbox
              .dispatch(
                  new HookCall.Message(
                      new RoomAddress(SERVICE, LOBBY), ANNA, Payload.text("m" + i)))
              .toCompletableFuture());
    }

    for (CompletableFuture<HookResult> call : calls) {
      await(call);
    }

    assertThat(anna.texts()).isEqualTo(expected);
    // The room is forgotten right after its last answer.
    Awaitility.await().until(() -> sandbox.operator().activeRooms() == 0);
  }

  @ParameterizedTest
  @CsvSource({"u, TRAPPED", "l, DEADLINE", "r, TRAPPED", "m, TRAPPED", "b, TRAPPED"})
  void letsNothingOfAFailedHookHappenTellsOnErrorAndGoesOn(String order, GuestException.Kind kind)
      throws Exception {
    sandbox.close();
    sandbox = builder().settings(Map.of("limits.time", "300ms")).build();
    people = new TestRooms(sandbox, rooms);
    sandbox.publish(SERVICE, Guests.wasm("trap"));
    Member anna = people.join(SERVICE, LOBBY, "anna");

    HookResult failed = people.say(SERVICE, LOBBY, anna, order);
    HookResult next = people.say(SERVICE, LOBBY, anna, "fine");

    assertThat(failed.outcome())
        .isInstanceOfSatisfying(
            HookOutcome.Failed.class,
            outcome ->
                assertThat(outcome.cause())
                    .isInstanceOfSatisfying(
                        GuestException.class, cause -> assertThat(cause.kind()).isEqualTo(kind))
                    .hasMessageContaining("demo@")
                    .hasMessageContaining("room 'lobby'")
                    .hasMessageContaining("onMessage"));
    assertThat(failed.events())
        .extracting(event -> event.payload().text())
        .containsExactly("!onMessage");
    assertThat(next.outcome()).isEqualTo(new HookOutcome.Completed());
    assertThat(anna.texts()).containsExactly("!onMessage", "fine");
  }

  @Test
  void refusesAJoinWhenTheGuestDoes() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("refuse"));

    Member welcome = people.join(SERVICE, LOBBY, "anna");
    Member unwelcome = people.join(SERVICE, LOBBY, "xavier");

    assertThat(rooms.connections(new RoomAddress(SERVICE, LOBBY))).containsExactly(welcome.id());
    assertThat(unwelcome.texts()).isEmpty();
  }

  @Test
  void skipsHooksThatAGuestDoesNotHave() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("refuse"));

    HookResult result =
        await(
            sandbox.dispatch(
                new HookCall.Message(new RoomAddress(SERVICE, LOBBY), ANNA, Payload.text("?"))));

    assertThat(result.outcome()).isEqualTo(new HookOutcome.Absent());
    assertThat(result.accepted()).isTrue();
  }

  @Test
  void writesKeysOnlyWhenTheHookSucceeds() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("count"));
    Member anna = people.join(SERVICE, LOBBY, "anna");

    people.say(SERVICE, LOBBY, anna, "1");
    people.say(SERVICE, LOBBY, anna, "x");
    HookResult third = people.say(SERVICE, LOBBY, anna, "2");

    assertThat(third.events().get(0).payload())
        .isEqualTo(Payload.binary(HexFormat.of().parseHex("0200000000000000")));
    assertThat(anna.texts()).hasSize(2);
  }

  @Test
  void keepsTheKeysOfRoomsApart() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("count"));
    Member anna = people.join(SERVICE, LOBBY, "anna");
    RoomId other = new RoomId("other");
    Member ben = people.join(SERVICE, other, "ben");

    people.say(SERVICE, LOBBY, anna, "1");
    HookResult result = people.say(SERVICE, other, ben, "1");

    assertThat(result.events().get(0).payload())
        .isEqualTo(Payload.binary(HexFormat.of().parseHex("0100000000000000")));
  }

  @Test
  void givesEveryHookTheSameMemoryAndGlobalsWhateverTheLastOneLeft() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("remember"));
    Member anna = people.join(SERVICE, LOBBY, "anna");
    Payload first = Payload.binary(HexFormat.of().parseHex("010000000100000001000000"));

    for (String message : List.of("a", "b", "g", "c", "g", "g", "d")) {
      HookResult result = people.say(SERVICE, LOBBY, anna, message);

      assertThat(result.events().get(0).payload()).as(message).isEqualTo(first);
    }
  }

  @Test
  void refusesCallsToServicesThatHaveNoModule() {
    CompletionStage<HookResult> call =
        sandbox.dispatch(new HookCall.Join(new RoomAddress(new ServiceId("nobody"), LOBBY), ANNA));

    assertThatThrownBy(() -> await(call))
        .cause()
        .isInstanceOfSatisfying(
            ModuleException.class,
            e -> assertThat(e.kind()).isEqualTo(ModuleException.Kind.NOT_FOUND))
        .hasMessageContaining("'nobody'");
    assertThat(rooms.count()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "abi/no-memory | export 'memory'",
        "abi/no-mailbox | export 'sandbox_abi_1'",
        "abi/no-hook | onMessage",
        "abi/wrong-signature | export 'onMessage' has the type (i32) -> ()",
        "abi/takes-nothing | exclude each other",
        "abi/place-of-nothing | export 'sandbox_place' has the type () -> (), but must have () -> (i32)",
        "abi/unknown-import | import \"room.explode\" is unknown",
        "abi/wasi | import \"wasi_snapshot_preview1.fd_write\" is unknown",
      })
  void refusesUploadsThatCannotBeLinkedByNameAndKeepsWhatIsLive(String guest, String reason)
      throws Exception {
    ModuleVersion live = sandbox.publish(SERVICE, Guests.wasm("echo"));

    assertThatThrownBy(() -> sandbox.publish(SERVICE, Guests.wasm(guest)))
        .isInstanceOfSatisfying(
            ModuleException.class,
            e -> assertThat(e.kind()).isEqualTo(ModuleException.Kind.UNLINKABLE))
        .hasMessageContaining("demo@")
        .hasMessageContaining(reason);

    assertThat(sandbox.current(SERVICE)).contains(live);
    assertThat(sandbox.versions(SERVICE)).containsExactly(live);
    Member anna = people.join(SERVICE, LOBBY, "anna");
    assertThat(people.say(SERVICE, LOBBY, anna, "still").accepted()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "abi/mailbox-at-zero, ABI",
    "abi/mailbox-negative, ABI",
    "abi/mailbox-beyond, ABI",
    "abi/place-at-zero, ABI",
    "abi/place-beyond, ABI",
    "abi/initialize-loops, DEADLINE",
    "abi/initialize-calls, ABI"
  })
  void refusesUploadsThatCannotBeInitialised(String guest, GuestException.Kind kind) {
    assertThatThrownBy(() -> sandbox.publish(SERVICE, Guests.wasm(guest)))
        .isInstanceOfSatisfying(GuestException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining("cannot be initialised");

    assertThat(sandbox.current(SERVICE)).isEmpty();
  }

  @Test
  void refusesUploadsThatAreNoModule() {
    assertThatThrownBy(() -> sandbox.publish(SERVICE, new byte[] {1, 2, 3}))
        .isInstanceOfSatisfying(
            ModuleException.class,
            e -> assertThat(e.kind()).isEqualTo(ModuleException.Kind.MALFORMED));
  }

  @ParameterizedTest
  @CsvSource({
    "abi/small-inbox, ABI",
    "abi/reserve-loops, DEADLINE",
    "abi/inbox-over-mailbox, ABI",
    "abi/inbox-beyond, ABI"
  })
  void survivesInboxesThatAreNotThere(String guest, GuestException.Kind kind) throws Exception {
    sandbox.publish(SERVICE, Guests.wasm(guest));

    HookResult result =
        await(
            sandbox.dispatch(
                new HookCall.Message(new RoomAddress(SERVICE, LOBBY), ANNA, Payload.text("?"))));

    assertFailed(result, kind);
  }

  @ParameterizedTest
  @CsvSource({
    "p, ABI",
    "o, ABI",
    "h, QUOTA",
    "l, ABI",
    "c, ABI",
    "k, ABI",
    "m, ABI",
    "b, ABI",
    "s, ABI"
  })
  void throwsAwayAGuestThatBreaksTheAbiAndRunsTheNextHookOnAFreshOne(
      String order, GuestException.Kind kind) throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("abi/misbehave"));
    Member anna = people.join(SERVICE, LOBBY, "anna");

    HookResult broken = people.say(SERVICE, LOBBY, anna, order);
    HookResult next = people.say(SERVICE, LOBBY, anna, "fine");

    assertFailed(broken, kind);
    assertThat(next.outcome()).isEqualTo(new HookOutcome.Completed());
    assertThat(anna.texts()).containsExactly("fine");
  }

  @Test
  void refusesACallAtOnceWhenTheQueueOfItsRoomIsFullAndOnlyThere() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    sandbox.close();
    sandbox =
        builder()
            .settings(Map.of("limits.queueLength", "2"))
            .listener(
                new org.cloudramp.sandbox.api.hook.HookListener() {
                  @Override
                  public void onBegin(HookCall call) {
                    if (call.room().equals(LOBBY)) {
                      blocked.countDown();
                      awaitQuietly(go);
                    }
                  }
                })
            .build();
    sandbox.publish(SERVICE, Guests.wasm("echo"));
    HookCall call = new HookCall.Message(new RoomAddress(SERVICE, LOBBY), ANNA, Payload.text("m"));
    List<CompletionStage<HookResult>> accepted = new ArrayList<>();
    accepted.add(sandbox.dispatch(call));
    blocked.await();
    accepted.add(sandbox.dispatch(call));
    accepted.add(sandbox.dispatch(call));

    CompletableFuture<HookResult> refused = sandbox.dispatch(call).toCompletableFuture();
    HookResult elsewhere =
        await(
            sandbox.dispatch(
                new HookCall.Message(
                    new RoomAddress(SERVICE, new RoomId("other")), ANNA, Payload.text("m"))));

    assertThat(refused).isCompletedExceptionally();
    assertThatThrownBy(() -> await(refused))
        .cause()
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.kind()).isEqualTo(RefusedException.Kind.QUEUE_FULL))
        .hasMessageContaining("limits.queueLength");
    assertThat(elsewhere.outcome()).isEqualTo(new HookOutcome.Completed());
    go.countDown();
    for (CompletionStage<HookResult> stage : accepted) {
      assertThat(await(stage).outcome()).isEqualTo(new HookOutcome.Completed());
    }
  }

  @Test
  void refusesMessagesThatAreTooLargeAtOnce() throws Exception {
    sandbox.close();
    sandbox = builder().settings(Map.of("limits.messageBytes", "1KiB")).build();
    sandbox.publish(SERVICE, Guests.wasm("echo"));

    HookResult fits =
        await(
            sandbox.dispatch(
                new HookCall.Message(
                    new RoomAddress(SERVICE, LOBBY), ANNA, Payload.binary(new byte[1024]))));
    CompletableFuture<HookResult> refused =
        sandbox
            .dispatch(
                new HookCall.Message(
                    new RoomAddress(SERVICE, LOBBY), ANNA, Payload.binary(new byte[1025])))
            .toCompletableFuture();

    assertThat(fits.outcome()).isEqualTo(new HookOutcome.Completed());
    assertThat(refused).isCompletedExceptionally();
    assertThatThrownBy(() -> await(refused))
        .cause()
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.kind()).isEqualTo(RefusedException.Kind.TOO_LARGE))
        .hasMessageContaining("limits.messageBytes");
  }

  @Test
  void anEffectThatIsTooLargeLeavesRoomForSmallerOnes() throws Exception {
    sandbox.close();
    sandbox = builder().settings(Map.of("limits.effectBytes", "1KiB")).build();
    sandbox.publish(SERVICE, Guests.wasm("greedy"));

    HookResult result =
        await(
            sandbox.dispatch(
                new HookCall.Message(new RoomAddress(SERVICE, LOBBY), ANNA, Payload.text("?"))));

    assertThat(result.events())
        .extracting(Event::payload)
        .containsExactly(Payload.binary(new byte[4]));
  }

  @Test
  void replacesAModuleAndGoesBackWithoutLosingACall() throws Exception {
    ModuleVersion old = sandbox.publish(SERVICE, Guests.wasm("echo"));
    Member anna = people.join(SERVICE, LOBBY, "anna");
    assertThat(people.say(SERVICE, LOBBY, anna, "a").version()).isEqualTo(old);

    ModuleVersion replacement = sandbox.publish(SERVICE, Guests.wasm("trap"));
    assertThat(people.say(SERVICE, LOBBY, anna, "fine").version()).isEqualTo(replacement);

    sandbox.activate(SERVICE, old.digest());
    assertThat(people.say(SERVICE, LOBBY, anna, "c").version()).isEqualTo(old);
    assertThat(anna.texts()).containsExactly("+anna", "a", "fine", "c");
  }

  @Test
  void namesTheDigestWhenAVersionIsNotThere() {
    sandbox.publish(SERVICE, Guests.wasm("echo"));

    assertThatThrownBy(() -> sandbox.activate(SERVICE, Digest.of(new byte[] {7})))
        .isInstanceOfSatisfying(
            ModuleException.class,
            e -> assertThat(e.kind()).isEqualTo(ModuleException.Kind.NOT_FOUND));
  }

  @Test
  void refusesCallsOnceItIsClosedAndFinishesThoseItHas() throws Exception {
    sandbox.publish(SERVICE, Guests.wasm("echo"));
    List<CompletionStage<HookResult>> accepted = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      accepted.add(
          sandbox.dispatch(
              new HookCall.Message(new RoomAddress(SERVICE, LOBBY), ANNA, Payload.text("m"))));
    }

    sandbox.close();
    CompletionStage<HookResult> late =
        sandbox.dispatch(
            new HookCall.Message(new RoomAddress(SERVICE, LOBBY), ANNA, Payload.text("late")));

    assertThat(late.toCompletableFuture()).isCompletedExceptionally();
    for (CompletionStage<HookResult> stage : accepted) {
      assertThat(await(stage).outcome()).isEqualTo(new HookOutcome.Completed());
    }
  }

  @Test
  void anEffectThatFailsDoesNotKeepOthersFromHappening() throws Exception {
    List<String> happened = new ArrayList<>();
    sandbox.close();
    sandbox =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "2s"))
            .settings(Map.of("permissions.room", "*"))
            .functions(
                new HostFunctionProvider() {
                  @Override
                  public String name() {
                    return "room";
                  }

                  @Override
                  public List<HostFunction> functions() {
                    return List.of(
                        effect("broadcast")
                            .takes(ValueType.DATA)
                            .does(
                                (call, data) -> {
                                  happened.add(call.hook() + " " + data.text());
                                  throw new IllegalStateException("a plugin's fault");
                                }));
                  }
                })
            .build();
    sandbox.publish(SERVICE, Guests.wasm("echo"));

    HookResult result =
        await(
            sandbox.dispatch(
                new HookCall.Message(new RoomAddress(SERVICE, LOBBY), ANNA, Payload.text("m"))));

    assertThat(result.outcome()).isEqualTo(new HookOutcome.Completed());
    assertThat(happened).containsExactly("onMessage m");
  }

  private static void assertFailed(HookResult result, GuestException.Kind kind) {
    assertThat(result.outcome())
        .isInstanceOfSatisfying(
            HookOutcome.Failed.class,
            outcome ->
                assertThat(outcome.cause())
                    .isInstanceOfSatisfying(
                        GuestException.class, cause -> assertThat(cause.kind()).isEqualTo(kind)));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
