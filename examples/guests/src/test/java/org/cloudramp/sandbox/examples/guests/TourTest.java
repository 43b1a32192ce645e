package org.cloudramp.sandbox.examples.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.hook.HttpAnswer;
import org.cloudramp.sandbox.api.hook.HttpHeader;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.examples.guests.People.Member;
import org.cloudramp.sandbox.testkit.kv.ManualClock;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A room that calls all that {@code sandbox_room.h} and {@code sandbox_room.rs} offer. */
@Timeout(300)
class TourTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochSecond(1_800_000_000), ZoneOffset.UTC);

  @Retention(RetentionPolicy.RUNTIME)
  @ParameterizedTest
  @CsvSource({
    "C, tour.c, CHICORY",
    "C, tour.c, WASMTIME",
    "RUST, tour.rs, CHICORY",
    "RUST, tour.rs, WASMTIME"
  })
  private @interface OnEachEngine {}

  @TempDir Path folder;

  @OnEachEngine
  void everyFunctionOfTheAbiDoesWhatItSays(Language language, String source, Engine engine)
      throws Exception {
    byte[] wasm = language.compile(Path.of("src", "test", "guests", source));

    try (People people =
        People.meet(Sandbox.builder().engine(engine.create()).clock(CLOCK), folder, wasm)) {
      Member anna = people.join("anna", new Identity("anna@example.org", "{\"n\":1}"));
      Member ben = people.join("ben", Identity.ofUser("Ben é"));

      HookResult tour = people.say(anna, Payload.text(""));

      assertThat(tour.outcome()).isEqualTo(new HookOutcome.Completed());
      Stream<Payload> report =
          Stream.of(
                  "service: chat",
                  "room: lobby",
                  "time: 1800000000",
                  "set: v",
                  "deleted: (absent)",
                  "sum: 42",
                  "within: 7",
                  "increment: 1 key 'text' does not hold a whole number, so it cannot be incremented",
                  "large: 60000",
                  "none: (absent)",
                  "last: 42",
                  "you: anna@example.org {\"n\":1}",
                  "last of the users: ben",
                  "last of the members: ben Ben é ")
              .map(Payload::text);
      Stream<Payload> toAnnaAlone = Stream.of(Payload.binary(HexFormat.of().parseHex("00ff80")));
      Stream<Payload> toSome = Stream.of(Payload.text("to some"));
      Stream<Payload> rest =
          Stream.of(
                  "send: 6 the connection is not in this room",
                  "close with 1: 1 close code 1 is neither 1000 nor from 3000 to 4999",
                  "state: knows the way é",
                  "state of nobody: 6 the connection is not in this room")
              .map(Payload::text);
      assertThat(anna.received())
          .containsExactlyElementsOf(
              Stream.of(report, toAnnaAlone, toSome, rest).flatMap(part -> part).toList());
      assertThat(anna.closed()).containsExactly("4000 bye");
      assertThat(ben.received())
          .hasSize(anna.received().size())
          .containsOnlyOnce(Payload.text("to some"))
          .endsWith(Payload.text("to the others"));
    }
  }

  @OnEachEngine
  void aTimerFiresAndIsTriedAgainWhenItHasFailed(Language language, String source, Engine engine)
      throws Exception {
    byte[] wasm = language.compile(Path.of("src", "test", "guests", source));
    ManualClock clock = new ManualClock();
    long due = clock.instant().plusMillis(1_500).getEpochSecond();

    try (People people =
        People.meet(Sandbox.builder().engine(engine.create()).clock(clock), folder, wasm)) {
      Member anna = people.join("anna");
      Member ben = people.join("ben");
      HookResult unused = people.say(anna, Payload.text(""));
      int before = ben.received().size();

      clock.advance(Duration.ofMillis(1_500));
      people.fireTimers();
      clock.advance(Duration.ofSeconds(2));
      people.fireTimers();

      assertThat(ben.received())
          .hasSize(before + 2)
          .endsWith(Payload.text("onTimer: 1 "), Payload.text("bell: " + due + " 1"));
    }
  }

  @OnEachEngine
  void aRequestIsAnswered(Language language, String source, Engine engine) throws Exception {
    byte[] wasm = language.compile(Path.of("src", "test", "guests", source));

    try (People people =
        People.meet(Sandbox.builder().engine(engine.create()).clock(CLOCK), folder, wasm)) {
      HookResult result =
          people.ask(
              "PUT",
              "/a?b",
              List.of(new HttpHeader("accept", "*/*"), new HttpHeader("user-agent", "test")),
              "a body é");

      assertThat(result.answer())
          .contains(
              new HttpAnswer(
                  201,
                  List.of(new HttpHeader("content-type", "text/plain")),
                  Bytes.utf8("PUT /a?b test a body é ann")));
    }
  }

  @OnEachEngine
  void whoIsRefusedIsToldWhy(Language language, String source, Engine engine) throws Exception {
    byte[] wasm = language.compile(Path.of("src", "test", "guests", source));

    try (People people =
        People.meet(Sandbox.builder().engine(engine.create()).clock(CLOCK), folder, wasm)) {
      assertThat(people.knock("anna").outcome()).isEqualTo(new HookOutcome.Completed());
      assertThat(people.knock("mia").outcome())
          .isEqualTo(new HookOutcome.Refused(Optional.of(new CloseFrame(4010, "not you, mia"))));
      assertThat(people.knock("nora").outcome()).isEqualTo(new HookOutcome.Refused());
      assertThat(people.knock("anton", Identity.ofUser("-anton")).outcome())
          .isEqualTo(new HookOutcome.Refused(Optional.of(new CloseFrame(4011, "-anton"))));
    }
  }

  @OnEachEngine
  void aFailureIsReportedWithItsPlaceAndToOnError(Language language, String source, Engine engine)
      throws Exception {
    byte[] wasm = language.compile(Path.of("src", "test", "guests", source));

    try (People people =
        People.meet(Sandbox.builder().engine(engine.create()).clock(CLOCK), folder, wasm)) {
      Member anna = people.join("anna");
      Member ben = people.join("ben", Identity.ofUser("Ben é"));

      HookResult failure = people.say(anna, Payload.text("fail"));
      people.leave(ben, 4001, "why not");

      assertThat(failure.outcome())
          .isInstanceOfSatisfying(
              HookOutcome.Failed.class,
              failed ->
                  assertThat(failed.cause())
                      .hasMessageContaining("aborted: ")
                      .hasMessageContaining("as you wish")
                      .hasMessageContaining(source + ":"));
      assertThat(anna.received())
          .containsExactly(
              Payload.text("onMessage: 1 anna"),
              Payload.text("ben: 4001 why not"),
              Payload.text("who left: Ben é"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "C, wake.c, CHICORY",
    "C, wake.c, WASMTIME",
    "RUST, wake.rs, CHICORY",
    "RUST, wake.rs, WASMTIME"
  })
  void aRoomThatLostItsMemoryIsToldThatItWokeUp(Language language, String source, Engine engine)
      throws Exception {
    byte[] wasm = language.compile(Path.of("src", "test", "guests", source));

    try (People people = People.meet(Sandbox.builder().engine(engine.create()), folder, wasm)) {
      Member anna = people.join("anna");

      people.say(anna, Payload.text(""));
      people.evict();
      people.say(anna, Payload.text(""));
      people.say(anna, Payload.text(""));

      assertThat(anna.received())
          .containsExactly(Payload.text("lobby is new"), Payload.text("lobby woke"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void anErrorInALibraryIsReportedWithThePlaceThatCalledIt(Engine engine) throws Exception {
    byte[] wasm =
        Language.ASSEMBLYSCRIPT.compile(Path.of("src", "test", "guests", "library-error.ts"));

    try (People people = People.meet(Sandbox.builder().engine(engine.create()), folder, wasm)) {
      Member anna = people.join("anna");

      people.say(anna, Payload.text("too few words"));

      assertThat(anna.received())
          .containsExactly(Payload.text("aborted: Index out of range (library-error.ts:6:18)"));
    }
  }
}
