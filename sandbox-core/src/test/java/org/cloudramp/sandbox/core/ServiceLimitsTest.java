package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The same guest as two services, one of which has limits of its own. */
@Timeout(60)
class ServiceLimitsTest {
  private static final ServiceId NARROW = new ServiceId("narrow");
  private static final ServiceId WIDE = new ServiceId("wide");

  @TempDir Path folder;

  @Test
  void aCallOverTheLimitsOfItsServiceFailsAndTheSameCallOfAnotherDoesNot() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of("services.narrow.limits.messageBytes", "10"))) {
      sandbox.publish(NARROW, Guests.wasm("echo"));
      sandbox.publish(WIDE, Guests.wasm("echo"));

      assertThatThrownBy(() -> say(sandbox, NARROW, "eleven bytes"))
          .hasMessageContaining("limits.messageBytes allows 10");
      assertThat(say(sandbox, NARROW, "ten bytes")).isEqualTo(new HookOutcome.Completed());
      assertThat(say(sandbox, WIDE, "eleven bytes")).isEqualTo(new HookOutcome.Completed());
    }
  }

  @Test
  void whatAHookMayDoIsWhatItsServiceMay() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of("services.narrow.limits.effects", "0"))) {
      sandbox.publish(NARROW, Guests.wasm("echo"));
      sandbox.publish(WIDE, Guests.wasm("echo"));

      assertThat(run(sandbox, NARROW, "hello").events()).isEmpty();
      assertThat(run(sandbox, WIDE, "hello").events()).hasSize(1);
    }
  }

  @Test
  void aGuestGrowsAsFarAsItsServiceMay() throws Exception {
    Map<String, String> settings =
        Map.of("limits.memoryPages", "5", "services.narrow.limits.memoryPages", "3");
    try (Sandbox sandbox = sandbox(settings)) {
      sandbox.publish(NARROW, Guests.wasm("trap"));
      sandbox.publish(WIDE, Guests.wasm("trap"));

      assertThat(run(sandbox, NARROW, "grow").events().get(0).payload().text()).isEqualTo("3");
      assertThat(run(sandbox, WIDE, "grow").events().get(0).payload().text()).isEqualTo("5");
    }
  }

  private Sandbox sandbox(Map<String, String> settings) {
    Rooms rooms = new Rooms();
    return Sandbox.builder()
        .settings(Map.of("store.filesystem.folder", folder.toString()))
        .settings(settings)
        .extension(rooms)
        .build();
  }

  private static HookOutcome say(Sandbox sandbox, ServiceId service, String text) throws Exception {
    return run(sandbox, service, text).outcome();
  }

  private static HookResult run(Sandbox sandbox, ServiceId service, String text) throws Exception {
    return sandbox
        .dispatch(
            new HookCall.Message(
                new RoomAddress(service, new RoomId("lobby")),
                new ConnectionId("ann"),
                Payload.text(text)))
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }
}
