package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.extension.Extension;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The first hooks of a version may take longer than those after them. */
@Timeout(60)
class ColdHooksTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final Duration LIMIT = Duration.ofSeconds(5);

  @TempDir Path folder;

  /** What is left of the hook's time when it asks, hook by hook. */
  private final List<Duration> remaining = Collections.synchronizedList(new ArrayList<>());

  private final HostFunctionProvider functions =
      new GuestPlugin(
          call -> {
            remaining.add(call.remaining());
            return 0;
          },
          () -> {});

  private Sandbox sandbox(Map<String, String> settings) {
    Extension extension =
        new Extension() {
          @Override
          public List<HostFunctionProvider> functions() {
            return List.of(functions);
          }
        };
    return Sandbox.builder()
        .settings(
            Map.of("store.filesystem.folder", folder.toString(), "slots", "1", "preload", "0"))
        .settings(settings)
        .extension(new Rooms())
        .extension(extension)
        .build();
  }

  private static HookResult say(Sandbox sandbox, String text) throws Exception {
    return TestRooms.await(
        sandbox.dispatch(
            new HookCall.Message(
                new RoomAddress(CHAT, new RoomId("lobby")),
                new ConnectionId("ann"),
                Payload.text(text))));
  }

  @Test
  void aHookWithColdCodeHasLongerThanItsLimitAndOneWithWarmCodeHasNot() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of("limits.time", "5s"))) {
      sandbox.publish(CHAT, Guests.wasm("plugin"));
      sandbox.publish(new ServiceId("other"), Guests.wasm("echo"));
      for (int i = 0; i < 1_000; i++) {
        say(sandbox, "how long");
      }

      // Its slot is taken, and it comes back: the code is as warm as it was.
      sandbox.operator().warm(new ServiceId("other")).toCompletableFuture().join();
      say(sandbox, "how long");
    }

    assertThat(remaining).hasSize(1_001);
    assertThat(remaining.get(0)).isGreaterThan(LIMIT);
    assertThat(remaining.get(999)).isGreaterThan(LIMIT);
    assertThat(remaining.get(1_000)).isLessThanOrEqualTo(LIMIT);
  }

  @Test
  void loopsUseUpWhatAServiceHasForColdHooksWhateverItUploadsNext() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of("limits.time", "100ms", "quarantine.faults", "0"))) {
      sandbox.publish(CHAT, Guests.wasm("trap"));
      for (int i = 0; i < 4; i++) {
        assertThat(say(sandbox, "loop").outcome()).isInstanceOf(HookOutcome.Failed.class);
      }
      sandbox.publish(CHAT, Guests.wasm("plugin"));

      say(sandbox, "how long");
    }

    assertThat(remaining).hasSize(1);
    assertThat(remaining.get(0)).isLessThanOrEqualTo(Duration.ofMillis(100));
  }
}
