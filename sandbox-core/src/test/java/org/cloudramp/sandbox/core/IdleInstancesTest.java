package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.I32;
import static org.cloudramp.sandbox.api.function.ValueType.STRING;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a rush of hooks leaves. */
@Timeout(60)
class IdleInstancesTest {
  private static final int RUSH = 4;

  @TempDir Path folder;

  /** Answers when so many hooks ask at a time. */
  private static final class Together implements HostFunctionProvider {
    private final CyclicBarrier barrier = new CyclicBarrier(RUSH);

    @Override
    public String name() {
      return "plugin";
    }

    @Override
    public List<HostFunction> functions() {
      return List.of(
          query("ask").takes(STRING).returns(I32).answers((call, text) -> meet()),
          effect("tell").takes(STRING).does((call, text) -> {}));
    }

    private int meet() throws Exception {
      return barrier.await(20, TimeUnit.SECONDS);
    }
  }

  private static HookCall message(String room) {
    return new HookCall.Message(
        RoomAddress.of("demo", room), new ConnectionId("ann"), Payload.text("now"));
  }

  @Test
  void ofARushOneInstanceIsLeftAfterAWhile() {
    try (Sandbox sandbox =
        Sandbox.builder()
            .settings(
                Map.of(
                    "store.filesystem.folder", folder.toString(),
                    "permissions.plugin", "demo",
                    "limits.time", "20s",
                    "workers", Integer.toString(RUSH),
                    "workersPerService", Integer.toString(RUSH)))
            .extension(new Rooms())
            .functions(new Together())
            .build()) {
      sandbox.publish(RoomAddress.of("demo", "a").service(), Guests.wasm("plugin"));
      List<HookResult> results =
          IntStream.range(0, RUSH)
              .mapToObj(i -> sandbox.dispatch(message("room-" + i)).toCompletableFuture())
              .toList()
              .stream()
              .map(answer -> answer.join())
              .toList();
      assertThat(results).allMatch(it -> it.outcome().equals(new HookOutcome.Completed()));
      long afterRush = sandbox.operator().guestMemory();

      // Three instances with the one page that each has.
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> sandbox.operator().guestMemory() <= afterRush - 3 * 65_536);
      assertThat(sandbox.operator().guestMemory()).isGreaterThan(65_536);
    }
  }
}
