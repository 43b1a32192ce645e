package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.I32;
import static org.cloudramp.sandbox.api.function.ValueType.STRING;
import static org.cloudramp.sandbox.core.TestRooms.await;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.HookCall;
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

/** A plugin's function that promises its answer: the guest waits, and no thread of the plugin. */
@Timeout(60)
class LaterAnswersTest {
  private static final ServiceId SERVICE = new ServiceId("demo");
  private static final ConnectionId ANNA = new ConnectionId("anna");

  @TempDir Path folder;
  private final Later plugin = new Later();
  private Sandbox sandbox;

  @BeforeEach
  void start() {
    sandbox =
        Sandbox.builder()
            .settings(
                Map.of(
                    "store.filesystem.folder",
                    folder.toString(),
                    "limits.time",
                    "500ms",
                    "workers",
                    "1",
                    "permissions.plugin",
                    "demo"))
            .extension(new Rooms())
            .functions(plugin)
            .build();
    sandbox.publish(SERVICE, Guests.wasm("plugin"));
  }

  @AfterEach
  void end() {
    sandbox.close();
  }

  @ParameterizedTest
  @CsvSource({"now 5, 5", "soon 7, 7"})
  void reachTheGuestWhenTheyAreThere(String order, int expected) throws Exception {
    ByteBuffer response = say(order);

    assertThat(response.getInt()).isEqualTo(Integer.BYTES);
    assertThat(response.getInt()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"refuse, 64", "explode, 8", "nothing, 8", "wrong, 8", "cancel, 8"})
  void thatFailHaveTheCodeOfWhatWentWrong(String order, int code) throws Exception {
    assertThat(say(order).getInt()).isEqualTo(-code);
    assertThat(say("now 5").getInt()).isEqualTo(Integer.BYTES);
  }

  @Test
  void thatDoNotComeAreCancelledAndTakeNoThreadAway() throws Exception {
    // One worker: two calls may hold a thread.
    for (int i = 0; i < 3; i++) {
      assertThat(say("never").getInt()).isEqualTo(-HostFunctionException.TIMEOUT);
    }

    assertThat(say("now 5").getInt()).isEqualTo(Integer.BYTES);
    assertThat(plugin.promised).hasSize(3).allMatch(CompletableFuture::isCancelled);
  }

  private ByteBuffer say(String text) throws Exception {
    RoomAddress lobby = new RoomAddress(SERVICE, new RoomId("lobby"));
    HookResult result =
        await(sandbox.dispatch(new HookCall.Message(lobby, ANNA, Payload.text(text))));
    List<ByteBuffer> broadcasts = new ArrayList<>();
    result.events().stream()
        .filter(event -> event.type().equals("room.broadcast"))
        .map(event -> ByteBuffer.wrap(event.payload().bytes().toArray()))
        .forEach(bytes -> broadcasts.add(bytes.order(ByteOrder.LITTLE_ENDIAN)));
    assertThat(broadcasts).hasSize(1);
    return broadcasts.get(0);
  }

  private static final class Later implements HostFunctionProvider {
    final Queue<CompletableFuture<Integer>> promised = new ConcurrentLinkedQueue<>();

    @Override
    public String name() {
      return "plugin";
    }

    @Override
    @SuppressWarnings("NullAway") // as a plugin in another language
    public List<HostFunction> functions() {
      return List.of(
          query("ask").takes(STRING).returns(I32).answersLater((call, order) -> promise(order)),
          effect("tell").takes(STRING).does((call, order) -> {}));
    }

    @SuppressWarnings("unchecked")
    private @Nullable CompletionStage<Integer> promise(String order) {
      String[] words = order.split(" ", -1);
      return switch (words[0]) {
        case "now" -> CompletableFuture.completedFuture(Integer.valueOf(words[1]));
        case "soon" ->
            CompletableFuture.supplyAsync(
                () -> Integer.valueOf(words[1]),
                CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS));
        case "refuse" ->
            CompletableFuture.<Integer>failedFuture(
                    new HostFunctionException(HostFunctionException.FIRST_OF_PLUGINS, "not you"))
                .thenApply(answer -> answer); // which wraps what it fails with
        case "explode" ->
            CompletableFuture.failedFuture(new IllegalStateException("a plugin's fault"));
        case "wrong" ->
            (CompletionStage<Integer>) (CompletionStage<?>) CompletableFuture.completedFuture("x");
        case "cancel" -> {
          CompletableFuture<Integer> answer = new CompletableFuture<>();
          answer.cancel(false);
          yield answer;
        }
        case "never" -> {
          CompletableFuture<Integer> answer = new CompletableFuture<>();
          promised.add(answer);
          yield answer;
        }
        default -> null;
      };
    }
  }
}
