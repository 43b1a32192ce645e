package org.cloudramp.sandbox.testkit.rooms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.I32;
import static org.cloudramp.sandbox.api.function.ValueType.STRING;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.hook.HttpAnswer;
import org.cloudramp.sandbox.api.hook.HttpHeader;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestRoomTest {
  @ParameterizedTest
  @ValueSource(strings = {"chicory", "wasmtime"})
  void letsUsersJoinSpeakAndLeaveOnEitherEngine(String engine, @TempDir Path folder)
      throws Exception {
    Path wasm = Files.write(folder.resolve("echo.wasm"), Guests.wasm("echo"));
    try (TestRoom room = TestRoom.load(wasm).engine(engine).service("chat").room("den").open()) {
      TestUser ann = room.join("ann");
      TestUser bob = room.join("bob");

      List<Event> events = ann.send("hello").events();
      ann.send(new byte[] {1, 2});
      bob.leave();

      assertThat(ann.texts()).containsExactly("+ann", "+bob", "hello", "-bob");
      assertThat(ann.received()).contains(Payload.binary(new byte[] {1, 2}));
      assertThat(bob.texts()).containsExactly("+bob", "hello");
      assertThat(room.connections()).containsExactly("ann");
      assertThat(bob.isInRoom()).isFalse();
      assertThat(events).extracting(Event::type).containsExactly("room.broadcast");
      assertThat(events.get(0).service()).hasToString("chat");
      assertThat(events.get(0).room()).hasToString("den");
      assertThat(room.events()).hasSize(5);
      assertThatThrownBy(() -> bob.send("still here?")).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void showsWhatTheRoomRemembersOfSomebody() {
    try (TestRoom room = TestRoom.of(Guests.wasm("state")).open()) {
      TestUser ann = room.join("ann");
      TestUser bob = room.join("bob");
      assertThat(ann.state()).isEqualTo("new");

      ann.send("away");
      assertThatThrownBy(() -> bob.send("! never")).isInstanceOf(SandboxException.class);

      assertThat(ann.state()).isEqualTo("away");
      assertThat(bob.state()).isEqualTo("new");
      ann.leave();
      assertThat(ann.state()).isEmpty();
      assertThat(bob.texts()).last().isEqualTo("away");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"chicory", "wasmtime"})
  void tellsOnEitherEngineWhoJoinsSpeaksAndLeaves(String engine) {
    try (TestRoom room = TestRoom.of(Guests.wasm("own-fields")).engine(engine).open()) {
      TestUser unknown = room.join("c1");
      TestUser ann = room.join("c2", new Identity("ann é", "{\"a\":1}"));

      ann.send("hello");
      ann.leave(1001, "bye");

      byte[] identity = new WireWriter().string("ann é").string("{\"a\":1}").toArray();
      assertThat(unknown.received())
          .extracting(Payload::bytes)
          .containsExactly(
              Bytes.copyOf(new WireWriter().string("").string("").toArray()),
              Bytes.copyOf(identity),
              Bytes.copyOf(behind(new WireWriter().data(Payload.text("hello")), identity)),
              Bytes.copyOf(behind(new WireWriter().i32(1001).string("bye"), identity)));
    }
  }

  private static byte[] behind(WireWriter fields, byte[] identity) {
    byte[] first = fields.toArray();
    byte[] all = Arrays.copyOf(first, first.length + identity.length);
    System.arraycopy(identity, 0, all, first.length, identity.length);
    return all;
  }

  @Test
  void saysWhenTheGuestRefusesAJoin() {
    try (TestRoom room = TestRoom.of(Guests.wasm("refuse")).open()) {
      assertThat(room.join("ann").isInRoom()).isTrue();
      assertThat(room.join("xavier").isInRoom()).isFalse();
      assertThat(room.connections()).containsExactly("ann");
    }
  }

  @Test
  void saysWithWhichWordsTheGuestRefuses() {
    try (TestRoom silent = TestRoom.of(Guests.wasm("refuse")).open();
        TestRoom talkative = TestRoom.of(Guests.wasm("turn-away")).open()) {
      assertThat(silent.join("ann").refused()).isEmpty();
      assertThat(silent.join("xavier").refused())
          .contains(new TestUser.Closed(4003, "the room refused the connection"));
      TestUser carl = talkative.join("carl");
      assertThat(carl.refused()).contains(new TestUser.Closed(4010, "the room is full, é"));
      assertThat(carl.closed()).isEmpty();
    }
  }

  @Test
  void showsOutWhoSendsAKindOfMessageThatTheGuestDoesNotTake() {
    try (TestRoom room = TestRoom.of(Guests.wasm("turn-away")).open()) {
      TestUser ann = room.join("ann");

      HookResult result = ann.send(new byte[] {1});

      assertThat(result.outcome()).isInstanceOf(HookOutcome.Refused.class);
      assertThat(ann.closed())
          .contains(new TestUser.Closed(1003, "this room takes text messages, and no binary ones"));
      assertThat(ann.isInRoom()).isFalse();
    }
  }

  @Test
  void letsWhomTheGuestShowsOutLeave() {
    try (TestRoom room = TestRoom.of(Guests.wasm("close")).open()) {
      TestUser ann = room.join("ann");
      TestUser bob = room.join("bob");

      ann.send("let me out");

      assertThat(ann.closed()).contains(new TestUser.Closed(4000, ""));
      assertThat(ann.isInRoom()).isFalse();
      assertThat(bob.texts()).containsExactly("gone");
      assertThat(room.events())
          .extracting(Event::type)
          .containsExactly("conn.close", "room.broadcast");
    }
  }

  @Test
  void letsEverybodyLeaveWhomTheGuestShowsOutThoughALeaveFails() {
    try (TestRoom room = TestRoom.of(Guests.wasm("close-two")).open()) {
      TestUser zoe = room.join("zoe");
      TestUser bob = room.join("bob");
      TestUser ann = room.join("ann");

      assertThatThrownBy(() -> zoe.send("let them out"))
          .isInstanceOf(GuestException.class)
          .hasMessageContaining("onLeave");

      assertThat(room.connections()).containsExactly("zoe");
      assertThat(ann.isInRoom()).isFalse();
      assertThat(bob.closed()).contains(new TestUser.Closed(4001, ""));
    }
  }

  @Test
  void throwsWhatMadeAHookFailAfterOnErrorHasRun() {
    try (TestRoom room = TestRoom.of(Guests.wasm("trap")).open()) {
      TestUser ann = room.join("ann");

      assertThatThrownBy(() -> ann.send("u"))
          .isInstanceOfSatisfying(
              GuestException.class,
              e -> assertThat(e.kind()).isEqualTo(GuestException.Kind.TRAPPED))
          .hasMessageContaining("onMessage");
      assertThat(ann.texts()).containsExactly("!onMessage");
      assertThat(ann.send("fine").accepted()).isTrue();
    }
  }

  @Test
  void movesTheTimeOnlyWhenItIsTold() {
    List<Instant> times = new ArrayList<>();
    try (TestRoom room = TestRoom.of(Guests.wasm("plugin")).functions(plugin(times)).open()) {
      TestUser ann = room.join("ann");

      ann.send("t");
      room.advance(Duration.ofHours(1));
      ann.send("t");

      assertThat(times).containsExactly(room.now().minus(Duration.ofHours(1)), room.now());
    }
  }

  @Test
  void refusesWhatAServerRefuses() {
    TestRoomBuilder unlinkable = TestRoom.of(Guests.wasm("plugin"));
    TestRoomBuilder forbidden =
        TestRoom.of(Guests.wasm("plugin"))
            .functions(plugin(new ArrayList<>()))
            .setting("permissions.plugin", "somebody-else");

    assertThatThrownBy(unlinkable::open)
        .isInstanceOf(ModuleException.class)
        .hasMessageContaining("there is no module \"plugin\"");
    assertThatThrownBy(forbidden::open)
        .isInstanceOf(ModuleException.class)
        .hasMessageContaining("denied to service 'test'");
  }

  @Test
  void runsOnTheEngineThatIsAskedFor() {
    assertThatThrownBy(() -> TestRoom.of(Guests.wasm("echo")).engine("abacus").open())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'abacus'")
        .hasMessageContaining("there are: chicory, wasmtime");
  }

  @Test
  void replacesTheCodeOfARoomThatIsInUse() {
    try (TestRoom room = TestRoom.of(Guests.wasm("echo")).open()) {
      TestUser ann = room.join("ann");

      room.deploy(Guests.wasm("count"));
      ann.send("1");

      assertThat(ann.received()).hasSize(2);
      assertThat(ann.received().get(1).bytes().toArray()).startsWith(1, 0);
    }
  }

  @Test
  void takesTheMemoryOfARoomThatIsInUse() {
    try (TestRoom room = TestRoom.of(Guests.wasm("wake")).open()) {
      TestUser ann = room.join("ann");

      room.evict();
      ann.send("hello");
      room.deploy(Guests.wasm("keep"));
      room.evict();
      ann.send("hello");
      ann.send("hello");
      room.evict();
      ann.send("hello");

      assertThat(ann.received())
          .extracting(payload -> payload.bytes().toArray()[0])
          .containsExactly((byte) 0, (byte) 1, (byte) 101, (byte) 102, (byte) 101);
    }
  }

  @Test
  void runsAServiceThatFailsAgainAndAgain() {
    try (TestRoom room = TestRoom.of(Guests.wasm("trap")).open()) {
      TestUser ann = room.join("ann");

      for (int i = 0; i < 20; i++) {
        assertThatThrownBy(() -> ann.send("u")).isInstanceOf(GuestException.class);
      }

      assertThat(ann.send("fine").accepted()).isTrue();
    }
  }

  private static HostFunctionProvider plugin(List<Instant> times) {
    return new HostFunctionProvider() {
      @Override
      public String name() {
        return "plugin";
      }

      @Override
      public List<HostFunction> functions() {
        return List.of(
            query("ask").takes(STRING).returns(I32).answers((call, text) -> 0),
            effect("tell").takes(STRING).does((call, text) -> times.add(call.time())));
      }
    };
  }

  @Test
  void timersFireWhileTimePassesEachAtItsTime() {
    try (TestRoom room = TestRoom.of(Guests.wasm("timer")).open()) {
      Instant start = room.now();
      TestUser ann = room.join("ann");
      ann.send(setting("+tick", 1_000));
      ann.send(setting("once", 2_500));

      room.advance(Duration.ofMillis(999));
      assertThat(room.events()).isEmpty();
      room.advance(Duration.ofMillis(3_001));

      assertThat(room.now()).isEqualTo(start.plusSeconds(4));
      assertThat(ann.received())
          .extracting(Payload::bytes)
          .containsExactly(
              fired("+tick", start.plusSeconds(1), 0),
              fired("+tick", start.plusSeconds(2), 0),
              fired("once", start.plusMillis(2_500), 0),
              fired("+tick", start.plusSeconds(3), 0),
              fired("+tick", start.plusSeconds(4), 0));
      assertThat(room.events()).hasSize(5);
    }
  }

  @Test
  void aTimerWhoseHookFailsIsThrownAndTriedAgain() {
    try (TestRoom room = TestRoom.of(Guests.wasm("timer")).open()) {
      room.join("ann").send(setting("!fails", 100));

      assertThatThrownBy(() -> room.advance(Duration.ofMillis(100)))
          .isInstanceOf(GuestException.class);
      room.advance(Duration.ofMillis(1_999));
      assertThatThrownBy(() -> room.advance(Duration.ofMillis(1)))
          .isInstanceOf(GuestException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"chicory", "wasmtime"})
  void aRequestIsAnsweredWithWhatTheRoomSays(String engine) {
    try (TestRoom room = TestRoom.of(Guests.wasm("ask")).engine(engine).open()) {
      HttpAnswer answer =
          room.request("PUT", "/a?b", Bytes.utf8("body é"), new HttpHeader("x-a", "1"));

      byte[] told =
          new WireWriter()
              .string("PUT")
              .string("/a?b")
              .stringLists(List.of(List.of("x-a", "1")))
              .bytes(Bytes.utf8("body é"))
              .string("")
              .string("")
              .toArray();
      assertThat(answer).isEqualTo(new HttpAnswer(202, List.of(), Bytes.copyOf(told)));
    }
  }

  @Test
  void whatFailsRefusesOrIsNotThereAnswersNothingOfTheRoom() {
    try (TestRoom room = TestRoom.of(Guests.wasm("ask")).open();
        TestRoom deaf = TestRoom.of(Guests.wasm("echo")).open()) {
      assertThatThrownBy(() -> room.request("TRAP", "/", Bytes.empty()))
          .isInstanceOf(GuestException.class);
      assertThat(room.request("REFUSE", "/", Bytes.empty()).status()).isEqualTo(403);
      assertThat(deaf.request("GET", "/", Bytes.empty()).status()).isEqualTo(404);
    }
  }

  @Test
  void aBodyThatIsLargerThanAMessageMayBeIsRefused() {
    try (TestRoom room =
        TestRoom.of(Guests.wasm("ask")).setting("limits.messageBytes", "100").open()) {
      assertThat(room.request("PUT", "/", Bytes.copyOf(new byte[100])).status()).isEqualTo(202);
      assertThatThrownBy(() -> room.request("PUT", "/", Bytes.copyOf(new byte[101])))
          .isInstanceOf(RefusedException.class)
          .hasMessageContainingAll("lobby", "101", "limits.messageBytes");
    }
  }

  @Test
  void whatARoomMayNotAnswerIsRefusedWithACode() {
    try (TestRoom room = TestRoom.of(Guests.wasm("ask")).open()) {
      TestUser ann = room.join("ann");
      ann.send(new WireWriter().i32(200).stringLists(List.of()).bytes(Bytes.empty()).toArray());

      assertThat(ann.received().get(0).bytes())
          .isEqualTo(Bytes.copyOf(new WireWriter().i32(-5).toArray()));
    }
  }

  private static byte[] setting(String name, long delay) {
    return new WireWriter().string(name).i64(delay).toArray();
  }

  private static Bytes fired(String name, Instant due, int attempt) {
    return Bytes.copyOf(
        new WireWriter().string(name).i64(due.toEpochMilli()).i32(attempt).toArray());
  }
}
