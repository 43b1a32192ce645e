package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.I32;
import static org.cloudramp.sandbox.api.function.ValueType.STRING;
import static org.cloudramp.sandbox.core.TestRooms.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.function.ValueType;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A plugin that does everything wrong: the guest is told, the log names it, the room goes on. */
@Timeout(60)
class PluginFaultsTest {
  private static final ServiceId SERVICE = new ServiceId("demo");
  private static final RoomId LOBBY = new RoomId("lobby");
  private static final ConnectionId ANNA = new ConnectionId("anna");

  @TempDir Path folder;
  private final PrintStream errorOutput = System.err;
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private final Faulty plugin = new Faulty();
  private Sandbox sandbox;

  @BeforeEach
  void start() {
    System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
    sandbox = sandbox(Map.of("permissions.plugin", "demo"));
    sandbox.publish(SERVICE, Guests.wasm("plugin"));
  }

  private Sandbox sandbox(Map<String, String> settings) {
    return Sandbox.builder()
        .settings(
            Map.of(
                "store.filesystem.folder", folder.toString(), "limits.time", "1s", "workers", "1"))
        .settings(settings)
        .extension(new Rooms())
        .functions(plugin)
        .build();
  }

  @AfterEach
  void end() {
    plugin.release.countDown();
    sandbox.close();
    System.setErr(errorOutput);
  }

  @ParameterizedTest
  @CsvSource({
    "explode,  8, IllegalStateException: a plugin's fault",
    "error,    8, UnknownError: a plugin's fault",
    "overflow, 8, StackOverflowError",
    "null,     8, 'I32 is a Integer, not a null'",
    "wrong,    8, 'I32 is a Integer, not a java.lang.String'",
    "store,    8, StoreException: the plugin's own database",
    "sleep,    3, did not answer within",
    "spin,     3, did not answer within",
    "refuse,  64, ",
  })
  void tellsTheGuestAndTheLogAndGoesOn(String fault, int code, @Nullable String reason)
      throws Exception {
    HookResult failed = say(fault);
    HookResult next = say("5");

    assertThat(failed.outcome()).isEqualTo(new HookOutcome.Completed());
    assertThat(answer(failed)).isEqualTo(-code);
    assertThat(answer(next)).isEqualTo(Integer.BYTES);
    if (reason == null) {
      assertThat(log()).doesNotContain("plugin.ask");
    } else {
      assertThat(log())
          .contains("host function 'plugin.ask' failed in demo@")
          .contains("room 'lobby', onMessage")
          .contains(reason);
    }
  }

  @Test
  void logsAFaultThatAGuestRepeatsOnceASecond() throws Exception {
    for (int i = 0; i < 50; i++) {
      say("explode");
    }

    assertThat(log().split("host function 'plugin.ask' failed", -1)).hasSizeLessThan(25);
  }

  @Test
  void refusesAPluginThatHangsUntilItsCallsReturn() throws Exception {
    // One worker: two calls may run.
    assertThat(answer(say("spin"))).isEqualTo(-HostFunctionException.TIMEOUT);
    assertThat(answer(say("spin"))).isEqualTo(-HostFunctionException.TIMEOUT);

    assertThat(answer(say("5"))).isEqualTo(-HostFunctionException.UNAVAILABLE);

    plugin.release.countDown();
    Awaitility.await().until(() -> answer(say("5")) == Integer.BYTES);
  }

  @ParameterizedTest
  @CsvSource({
    "t explode,  IllegalStateException: a plugin's fault",
    "t error,    UnknownError: a plugin's fault",
    "t sleep,    did not answer within",
    "t spin,     did not answer within"
  })
  void logsAnEffectThatFailsAndLetsTheOthersHappen(String fault, String reason) throws Exception {
    HookResult failed = say(fault);
    HookResult next = say("5");

    assertThat(failed.outcome()).isEqualTo(new HookOutcome.Completed());
    assertThat(failed.events())
        .extracting(event -> event.type())
        .containsExactly("plugin.tell", "room.broadcast");
    assertThat(answer(next)).isEqualTo(Integer.BYTES);
    assertThat(log()).contains("effect 'plugin.tell' of demo@").contains(reason);
  }

  @Test
  void givesAPluginLessTimeThanItsHookHas() throws Exception {
    HookResult result = say("remaining");

    // Three quarters of the four seconds that a hook of a second may take while its code is cold.
    assertThat(response(result)).isPositive().isLessThanOrEqualTo(3_000);
  }

  @Test
  void refusesAnUploadOfAServiceThatMayNotUseIt() {
    assertThatThrownBy(() -> sandbox.publish(new ServiceId("stranger"), Guests.wasm("plugin")))
        .isInstanceOfSatisfying(
            ModuleException.class,
            e -> assertThat(e.kind()).isEqualTo(ModuleException.Kind.UNLINKABLE))
        .hasMessageContaining("stranger@")
        .hasMessageContaining("import \"plugin.ask\" is denied to service 'stranger'")
        .hasMessageContaining("'permissions.plugin'");
  }

  @Test
  void refusesToLoadWhatWasPublishedWhenItWasAllowed() {
    sandbox.close();
    sandbox = sandbox(Map.of());

    assertThatThrownBy(() -> say("5"))
        .cause()
        .isInstanceOf(ModuleException.class)
        .hasMessageContaining("import \"plugin.ask\" is denied to service 'demo'");
  }

  private HookResult say(String text) throws Exception {
    return await(
        sandbox.dispatch(
            new HookCall.Message(new RoomAddress(SERVICE, LOBBY), ANNA, Payload.text(text))));
  }

  /** The length of the response, or the negated error code. */
  private static int answer(HookResult result) {
    return broadcast(result).getInt();
  }

  /** The number in the response. */
  private static int response(HookResult result) {
    ByteBuffer content = broadcast(result);
    assertThat(content.getInt()).isEqualTo(Integer.BYTES);
    return content.getInt();
  }

  private static ByteBuffer broadcast(HookResult result) {
    return result.events().stream()
        .filter(event -> event.type().equals("room.broadcast"))
        .map(
            event ->
                ByteBuffer.wrap(event.payload().bytes().toArray()).order(ByteOrder.LITTLE_ENDIAN))
        .findFirst()
        .orElseThrow();
  }

  private String log() {
    return logged.toString(StandardCharsets.UTF_8);
  }

  /** Does what it is asked to, right or wrong. */
  private static final class Faulty implements HostFunctionProvider {
    final CountDownLatch release = new CountDownLatch(1);

    @Override
    public String name() {
      return "plugin";
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes", "NullAway"}) // as a plugin in another language
    public List<HostFunction> functions() {
      return List.of(
          query("ask")
              .takes(STRING)
              .returns((ValueType) I32)
              .answers((call, order) -> answer(call, (String) order)),
          effect("tell").takes(STRING).does((call, order) -> answer(call, order.substring(2))));
    }

    private @Nullable Object answer(HostCall call, String order) throws Exception {
      return switch (order) {
        case "explode" -> throw new IllegalStateException("a plugin's fault");
        case "error" -> throw new UnknownError("a plugin's fault");
        case "overflow" -> answer(call, order);
        case "null" -> null;
        case "wrong" -> "five";
        case "store" ->
            throw new StoreException(
                StoreException.Kind.UNAVAILABLE, "the plugin's own database", null);
        case "refuse" ->
            throw new HostFunctionException(HostFunctionException.FIRST_OF_PLUGINS, "not you");
        case "sleep" -> {
          Thread.sleep(60_000);
          yield 0;
        }
        case "spin" -> {
          while (release.getCount() > 0) {
            Thread.onSpinWait(); // deaf to interrupts
          }
          yield 0;
        }
        case "remaining" -> (int) call.remaining().toMillis();
        default -> Integer.parseInt(order);
      };
    }
  }
}
