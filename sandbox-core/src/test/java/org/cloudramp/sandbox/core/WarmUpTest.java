package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The hooks of a module run once it is compiled, and nobody sees anything of it. */
@Timeout(60)
class WarmUpTest {
  private static final ServiceId CHAT = new ServiceId("chat");

  @TempDir Path folder;

  private final CountingEngine engine = new CountingEngine();
  private final PrintStream errorOutput = System.err;
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private final AtomicInteger calls = new AtomicInteger();

  private Sandbox sandbox(Map<String, String> settings) {
    return Sandbox.builder()
        .settings(Map.of("store.filesystem.folder", folder.toString(), "preload", "0"))
        .settings(settings)
        .engine(engine)
        .extension(new Rooms())
        .build();
  }

  @AfterEach
  void end() {
    System.setErr(errorOutput);
  }

  private static HookResult say(Sandbox sandbox, String text) throws Exception {
    return TestRooms.await(
        sandbox.dispatch(
            new HookCall.Message(
                new RoomAddress(CHAT, new RoomId("warm-up")),
                new ConnectionId("warm-up"),
                Payload.text(text))));
  }

  private static ByteBuffer broadcast(HookResult result) {
    return ByteBuffer.wrap(result.events().get(0).payload().bytes().toArray())
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void hooksRunInAnInstanceOfTheirOwnUnlessTheOperatorWantsNone() {
    try (Sandbox sandbox = sandbox(Map.of("warmUp", "0s"))) {
      sandbox.publish(CHAT, Guests.wasm("echo"));
    }
    int without = engine.instances();

    try (Sandbox sandbox = sandbox(Map.of())) {
      sandbox.publish(CHAT, Guests.wasm("echo"));
    }

    assertThat(without).isEqualTo(1);
    assertThat(engine.instances()).isEqualTo(without + 2);
  }

  @Test
  void noListenerAndNoPluginIsTold() {
    HookListener listener =
        new HookListener() {
          @Override
          public void onBegin(HookCall call) {
            calls.incrementAndGet();
          }
        };
    HostFunctionProvider plugin =
        new GuestPlugin(call -> calls.incrementAndGet(), calls::incrementAndGet);
    try (Sandbox sandbox =
        Sandbox.builder()
            .settings(
                Map.of("store.filesystem.folder", folder.toString(), "permissions.plugin", "chat"))
            .engine(engine)
            .extension(new Rooms())
            .functions(plugin)
            .listener(listener)
            .build()) {
      sandbox.publish(CHAT, Guests.wasm("plugin"));
    }

    assertThat(engine.instances()).isEqualTo(2);
    assertThat(calls).hasValue(0);
  }

  @Test
  void noKeyIsWritten() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of())) {
      sandbox.publish(CHAT, Guests.wasm("count"));

      assertThat(broadcast(say(sandbox, "hello")).getLong()).isEqualTo(1);
    }
  }

  @Test
  void aGuestThatKeepsMemoryForItsRoomBeginsAnew() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of())) {
      sandbox.publish(CHAT, Guests.wasm("keep"));

      assertThat(broadcast(say(sandbox, "hello")).getInt()).isEqualTo(101);
    }
  }

  @Test
  void aGuestThatLoopsGoesLiveAndIsNeitherBlamedNorHeard() {
    System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
    try (Sandbox sandbox = sandbox(Map.of("quarantine.faults", "1"))) {
      ModuleVersion version = sandbox.publish(CHAT, Guests.wasm("restless"));

      assertThat(sandbox.current(CHAT)).contains(version);
      assertThat(sandbox.operator().quarantine()).isEmpty();
      assertThat(engine.instances()).isEqualTo(2);
      assertThat(logged.toString(StandardCharsets.UTF_8)).doesNotContain("never seen");
    }
  }

  @Test
  void whatAGuestHasTakenForItIsGivenBack() {
    try (Sandbox sandbox = sandbox(Map.of())) {
      sandbox.publish(CHAT, Guests.wasm("restless"));

      assertThat(sandbox.operator().guestMemory()).isEqualTo(sandbox.operator().keptCode().bytes());
    }
  }
}
