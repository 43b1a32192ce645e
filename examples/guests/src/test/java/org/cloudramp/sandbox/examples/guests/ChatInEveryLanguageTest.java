package org.cloudramp.sandbox.examples.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.gate.CheckedModule;
import org.cloudramp.sandbox.core.gate.GateLimits;
import org.cloudramp.sandbox.core.gate.ModuleGate;
import org.cloudramp.sandbox.examples.guests.People.Member;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One chat, written in several languages against the guest ABI: nobody in the room can tell which.
 */
@Timeout(300)
class ChatInEveryLanguageTest {
  private static final int KIBIBYTE = 1 << 10;

  /** Around every size at which one of the rooms, or the host, has to make more space. */
  private static final List<String> TEXTS =
      List.of(
          "hello",
          "",
          "x",
          "\0",
          "a\0b",
          "\u007f\u0080\u07ff\u0800",
          "wörld, 你好, 😀👩‍👩‍👧",
          "\ud7ff\ue000\ufffd\uffff\ud800\udc00\udbff\udfff",
          "a".repeat(4 * KIBIBYTE - 60),
          "a".repeat(4 * KIBIBYTE),
          "a".repeat(48 * KIBIBYTE),
          "a".repeat(56 * KIBIBYTE - 100),
          "a".repeat(64 * KIBIBYTE - 250),
          "a".repeat(64 * KIBIBYTE - 1),
          "é".repeat(32 * KIBIBYTE),
          "😀".repeat(16 * KIBIBYTE),
          "b".repeat(500 * KIBIBYTE),
          "small again");

  /** What no UTF-8 begins with, ends with or contains. */
  private static final List<byte[]> LONE_BYTES =
      Stream.of("80", "ff", "c3", "e2 82", "f0 9f 98", "61 fe 62", "ed a0 80")
          .map(hex -> HexFormat.of().parseHex(hex.replace(" ", "")))
          .toList();

  static Stream<Arguments> everyLanguageOnEveryEngine() {
    return Stream.of(Language.values())
        .flatMap(
            language -> Stream.of(Engine.values()).map(engine -> Arguments.of(language, engine)));
  }

  @TempDir Path folder;

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("everyLanguageOnEveryEngine")
  void saysTheSameByteByByte(Language language, Engine engine) throws Exception {
    byte[] wasm = language.compileChat();
    List<Payload> forAnna = new ArrayList<>();
    List<Payload> forBen = new ArrayList<>();
    String longest = "Z-_9".repeat(16);

    try (People people = People.meet(Sandbox.builder().engine(engine.create()), folder, wasm)) {
      Member anna = people.join("anna");
      forAnna.add(Payload.text("anna joined"));
      Member ben = people.join("B");
      addTo(forAnna, forBen, "B joined");
      for (String text : TEXTS) {
        completes(people.say(anna, Payload.text(text)));
        addTo(forAnna, forBen, "anna: " + text);
      }
      for (byte[] bytes : LONE_BYTES) {
        refuses(people.say(ben, Payload.binary(bytes)));
      }
      refuses(people.say(ben, Payload.binary(new byte[0])));
      completes(people.say(ben, Payload.text("binary is for others")));
      addTo(forAnna, forBen, "B: binary is for others");
      Member zoe = people.join(longest);
      addTo(forAnna, forBen, longest + " joined");
      completes(people.say(zoe, Payload.text("I am " + longest)));
      addTo(forAnna, forBen, longest + ": I am " + longest);
      completes(people.leave(zoe, 1006, ""));
      addTo(forAnna, forBen, longest + " left");
      completes(people.leave(anna, 4999, "so long, and thanks for all the 🐟".repeat(3)));
      forBen.add(Payload.text("anna left"));
      completes(people.leave(ben, 1000, "bye"));

      assertThat(anna.received()).isEqualTo(forAnna);
      assertThat(ben.received()).isEqualTo(forBen);
      assertThat(zoe.received())
          .containsExactly(
              Payload.text(longest + " joined"), Payload.text(longest + ": I am " + longest));
    }
  }

  /** No client can send such a text through a WebSocket, but a host of another kind might. */
  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("everyLanguageOnEveryEngine")
  void survivesTextThatIsNoUtf8(Language language, Engine engine) throws Exception {
    byte[] wasm = language.compileChat();

    try (People people = People.meet(Sandbox.builder().engine(engine.create()), folder, wasm)) {
      Member anna = people.join("anna");
      for (byte[] bytes : LONE_BYTES) {
        Payload malformed = new Payload(Payload.Kind.TEXT, Payload.binary(bytes).bytes());

        HookResult result = people.say(anna, malformed);

        assertThat(result.outcome()).isNotInstanceOf(HookOutcome.Failed.class);
      }
      completes(people.say(anna, Payload.text("still here")));
      assertThat(anna.received()).endsWith(Payload.text("anna: still here"));
    }
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("everyLanguageOnEveryEngine")
  void failsWhenTheHostRefusesTheBroadcast(Language language, Engine engine) throws Exception {
    byte[] wasm = language.compileChat();

    try (People people =
        People.meet(
            Sandbox.builder().engine(engine.create()).settings(Map.of("limits.effects", "0")),
            folder,
            wasm)) {
      Member anna = people.join("anna");

      HookResult result = people.say(anna, Payload.text("hello"));

      assertThat(result.outcome())
          .isInstanceOfSatisfying(
              HookOutcome.Failed.class,
              failed -> {
                assertThat(failed.cause())
                    .isInstanceOfSatisfying(
                        GuestException.class,
                        cause -> assertThat(cause.kind()).isEqualTo(GuestException.Kind.TRAPPED));
                // By hand it only traps; the others repeat what the host has said.
                if (language != Language.WAT) {
                  assertThat(failed.cause()).hasMessageContaining("limits.effects");
                }
              });
      assertThat(anna.received()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void needsOnePageOfMemoryAndAsksForNothingItDoesNotCall(Language language) throws Exception {
    CheckedModule chat = new ModuleGate(GateLimits.defaults()).check(language.compileChat());

    assertThat(chat.initialMemoryPages()).isEqualTo(1);
    assertThat(chat.imports())
        .extracting(FunctionImport::qualifiedName)
        .contains("room.broadcast")
        .isSubsetOf("room.broadcast", "sandbox.result", "sandbox.abort");
  }

  private static void addTo(List<Payload> one, List<Payload> other, String text) {
    one.add(Payload.text(text));
    other.add(Payload.text(text));
  }

  private static void completes(HookResult result) {
    assertThat(result.outcome()).isEqualTo(new HookOutcome.Completed());
  }

  private static void refuses(HookResult result) {
    assertThat(result.outcome())
        .isEqualTo(
            new HookOutcome.Refused(
                Optional.of(
                    new CloseFrame(1003, "this room takes text messages, and no binary ones"))));
    assertThat(result.events()).isEmpty();
  }
}
