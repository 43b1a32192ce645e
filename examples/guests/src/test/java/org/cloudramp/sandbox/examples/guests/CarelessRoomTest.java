package org.cloudramp.sandbox.examples.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.SandboxBuilder;
import org.cloudramp.sandbox.examples.guests.People.Member;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A room in AssemblyScript that asks for too much: typed errors, and the room goes on. */
@Timeout(300)
class CarelessRoomTest {
  private static byte[] wasm = {};

  @TempDir Path folder;

  @BeforeAll
  static void compile() throws IOException {
    wasm = Language.ASSEMBLYSCRIPT.compile(Path.of("src", "test", "guests", "careless.ts"));
  }

  private People people(Engine engine) throws Exception {
    return People.meet(Sandbox.builder().engine(engine.create()), folder, wasm);
  }

  /** The same for an order that takes all the time there is. */
  private People people(Engine engine, String order) throws Exception {
    SandboxBuilder builder = Sandbox.builder().engine(engine.create());
    return order.equals("count")
        ? People.meet(builder.settings(Map.of("services.chat.limits.time", "200ms")), folder, wasm)
        : People.meet(builder, folder, wasm);
  }

  private static void assertHears(Member member, String... texts) {
    assertThat(member.received()).extracting(Payload::text).containsExactly(texts);
  }

  @ParameterizedTest
  @CsvSource({
    "CHICORY, huge, TRAPPED", "WASMTIME, huge, TRAPPED",
    "CHICORY, long, QUOTA", "WASMTIME, long, QUOTA",
  })
  void aStringThatIsTooLongEndsTheHookAndNotTheRoom(
      Engine engine, String order, GuestException.Kind kind) throws Exception {
    try (People people = people(engine)) {
      Member anna = people.join("anna");

      HookResult failed = people.say(anna, Payload.text(order));
      people.say(anna, Payload.text("hello"));

      assertThat(failed.outcome())
          .isInstanceOfSatisfying(
              HookOutcome.Failed.class,
              outcome ->
                  assertThat(outcome.cause())
                      .isInstanceOfSatisfying(
                          GuestException.class, cause -> assertThat(cause.kind()).isEqualTo(kind)));
      assertHears(anna, "hello");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "deep, call stack exhausted, careless/deeper (from line 24)",
    "count, is used up, careless/counted (from line 18)",
  })
  void whatNeverEndsIsReportedWithTheFunctionsThatWereRunning(
      String order, String failure, String function) throws Exception {
    try (People people = people(Engine.CHICORY, order)) {
      Member anna = people.join("anna");

      HookResult failed = people.say(anna, Payload.text(order));

      assertThat(failed.outcome())
          .isInstanceOfSatisfying(
              HookOutcome.Failed.class,
              outcome ->
                  assertThat(outcome.cause())
                      .hasMessageContaining(failure + ", in \"")
                      .hasMessageContaining(function + "\""));
    }
  }

  /** Engines do not tell: the SDK's build notes where a program has come to. */
  @ParameterizedTest
  @CsvSource({
    "CHICORY, count, DEADLINE, 19:3", "WASMTIME, count, DEADLINE, 19:3",
    "CHICORY, deep, TRAPPED, 25:14", "WASMTIME, deep, TRAPPED, 25:14",
    "CHICORY, long, QUOTA, 6:28", "WASMTIME, long, QUOTA, 6:28",
    "CHICORY, bounds, TRAPPED, 5[78]:.*", "WASMTIME, bounds, TRAPPED, 5[78]:.*",
  })
  void theLineIsReportedWhereTheProgramWas(
      Engine engine, String order, GuestException.Kind kind, String position) throws Exception {
    try (People people = people(engine, order)) {
      Member anna = people.join("anna");

      HookResult failed = people.say(anna, Payload.text(order));

      assertThat(failed.outcome())
          .isInstanceOfSatisfying(
              HookOutcome.Failed.class,
              outcome ->
                  assertThat(outcome.cause())
                      .isInstanceOfSatisfying(
                          GuestException.class, cause -> assertThat(cause.kind()).isEqualTo(kind))
                      .hasMessageMatching(
                          "(?s).*\\(at or after .*careless\\.ts:" + position + "\\)"));
    }
  }

  /** Engines trap there, and Wasmtime does not even tell in which function. */
  @ParameterizedTest
  @EnumSource
  void aDivisionByZeroIsReportedWithItsLine(Engine engine) throws Exception {
    try (People people = people(engine)) {
      Member anna = people.join("anna");

      HookResult failed = people.say(anna, Payload.text("divide"));

      assertThat(failed.outcome())
          .isInstanceOfSatisfying(
              HookOutcome.Failed.class,
              outcome ->
                  assertThat(outcome.cause())
                      .hasMessageContaining("Division by zero (")
                      .hasMessageMatching(".*careless\\.ts:10:41\\).*"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void halfACharacterBecomesAReplacement(Engine engine) throws Exception {
    try (People people = people(engine)) {
      Member anna = people.join("anna");

      people.say(anna, Payload.text("cut"));

      assertHears(anna, "\uFFFD\uFFFD|\uFFFD");
    }
  }

  @ParameterizedTest
  @EnumSource
  void callsGoOnAfterOnesThatWereRefused(Engine engine) throws Exception {
    try (People people = people(engine)) {
      Member anna = people.join("anna");

      people.say(anna, Payload.text("errors"));

      assertHears(anna, "1 4 1 1 seven");
    }
  }

  @ParameterizedTest
  @EnumSource
  void tenThousandUsersCanBeNamedAndLeftOut(Engine engine) throws Exception {
    try (People people = people(engine)) {
      Member first = people.join("person-1");
      for (int i = 2; i <= 10_000; i++) {
        people.join("person-" + i);
      }

      people.say(first, Payload.text("users"));

      assertHears(first, "10000 person-1 person-10000");
    }
  }
}
