package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.Wasm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Compiled code outlives its slot, within its bounds. */
@Timeout(120)
class KeptCodeTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final ServiceId OTHER = new ServiceId("other");

  @TempDir Path folder;

  private final CountingEngine engine = new CountingEngine();

  private Sandbox sandbox(String... settings) {
    Map<String, String> all = new HashMap<>();
    all.put("store.filesystem.folder", folder.toString());
    all.put("slots", "1");
    all.put("preload", "0");
    for (int i = 0; i < settings.length; i += 2) {
      all.put(settings[i], settings[i + 1]);
    }
    return Sandbox.builder().settings(all).engine(engine).extension(new Rooms()).build();
  }

  /** A module that does the same as another, and is another version. */
  private static byte[] echo(String label) {
    return Wasm.concat(Guests.wasm("echo"), Wasm.section(0, Wasm.name("label"), Wasm.name(label)));
  }

  private static HookOutcome say(Sandbox sandbox, ServiceId service) throws Exception {
    return TestRooms.await(
            sandbox.dispatch(
                new HookCall.Message(
                    new RoomAddress(service, new RoomId("lobby")),
                    new ConnectionId("ann"),
                    Payload.text("hello"))))
        .outcome();
  }

  @Test
  void anUploadIsCompiledOnceForItsCheckAndItsFirstHook() throws Exception {
    try (Sandbox sandbox = sandbox()) {
      sandbox.publish(CHAT, echo("1"));

      assertThat(say(sandbox, CHAT)).isEqualTo(new HookOutcome.Completed());

      assertThat(engine.compiles()).isEqualTo(1);
    }
  }

  @Test
  void aServiceWhoseSlotWasTakenComesBackWithoutACompile() throws Exception {
    try (Sandbox sandbox = sandbox()) {
      sandbox.publish(CHAT, echo("1"));
      sandbox.publish(OTHER, echo("2"));

      for (int round = 0; round < 3; round++) {
        assertThat(say(sandbox, CHAT)).isEqualTo(new HookOutcome.Completed());
        assertThat(say(sandbox, OTHER)).isEqualTo(new HookOutcome.Completed());
      }

      assertThat(engine.compiles()).isEqualTo(2);
      assertThat(sandbox.operator().slots()).hasSize(1);
      assertThat(sandbox.operator().keptCode().hits()).isEqualTo(6);
    }
  }

  @Test
  void afterAStartTheCodeOfLiveVersionsIsThereBeforeAnybodyAsks() throws Exception {
    try (Sandbox sandbox = sandbox()) {
      sandbox.publish(CHAT, echo("1"));
      sandbox.publish(CHAT, echo("2"));
      sandbox.publish(OTHER, Guests.wasm("echo"));
    }
    int before = engine.compiles();
    try (Sandbox sandbox = sandbox("preload", "10")) {
      await().until(() -> sandbox.operator().keptCode().versions() == 2);

      say(sandbox, CHAT);
      say(sandbox, OTHER);
    }

    assertThat(engine.compiles()).isEqualTo(before + 2);
  }

  @Test
  void noMoreServicesAreCompiledAfterAStartThanTheOperatorWants() throws Exception {
    try (Sandbox sandbox = sandbox()) {
      for (int i = 0; i < 4; i++) {
        sandbox.publish(new ServiceId("service-" + i), echo("1"));
      }
    }
    int before = engine.compiles();
    try (Sandbox sandbox = sandbox("preload", "3")) {
      await().until(() -> sandbox.operator().keptCode().versions() == 3);
    } // whatever had begun has ended

    assertThat(engine.compiles()).isEqualTo(before + 3);
  }

  @Test
  void withoutMemoryForCodeEveryLoadCompiles() throws Exception {
    try (Sandbox sandbox = sandbox("codeMemory", "0")) {
      sandbox.publish(CHAT, echo("1"));

      say(sandbox, CHAT);

      assertThat(engine.compiles()).isEqualTo(2);
      assertThat(sandbox.operator().keptCode().versions()).isZero();
    }
  }

  @Test
  void aSupersededVersionIsNotKept() throws Exception {
    try (Sandbox sandbox = sandbox("slots", "4")) {
      ModuleVersion first = sandbox.publish(CHAT, echo("1"));
      say(sandbox, CHAT);
      sandbox.publish(CHAT, echo("2"));
      say(sandbox, CHAT);
      int before = engine.compiles();

      sandbox.activate(CHAT, first.digest());
      say(sandbox, CHAT);

      assertThat(before).isEqualTo(2);
      assertThat(engine.compiles()).isEqualTo(3);
      await().until(() -> engine.open() == 1);
    }
  }

  @Test
  void aVersionThatIsSupersededWhileItHasNoSlotIsClosed() throws Exception {
    try (Sandbox sandbox = sandbox()) {
      sandbox.publish(CHAT, echo("1"));
      sandbox.publish(OTHER, echo("2"));

      sandbox.publish(CHAT, echo("3"));

      assertThat(engine.open()).isEqualTo(2);
      assertThat(sandbox.operator().keptCode().versions()).isEqualTo(2);
    }
  }

  @Test
  void ofADeletedServiceNothingIsLeft() throws Exception {
    try (Sandbox sandbox = sandbox()) {
      sandbox.publish(CHAT, echo("1"));
      sandbox.publish(OTHER, echo("2"));
      say(sandbox, CHAT);
      say(sandbox, OTHER); // now one of them has the slot, and one has none

      sandbox.operator().delete(CHAT);
      sandbox.operator().delete(OTHER);

      await().until(() -> engine.open() == 0);
      assertThat(sandbox.operator().guestMemory()).isZero();
    }
  }

  @Test
  void aModuleThatCannotBeInitialisedLeavesNothing() {
    try (Sandbox sandbox = sandbox()) {
      assertThatThrownBy(() -> sandbox.publish(CHAT, Guests.wasm("abi/initialize-calls")))
          .hasMessageContaining("cannot be initialised");

      assertThat(engine.open()).isZero();
      assertThat(sandbox.operator().guestMemory()).isZero();
    }
  }

  @Test
  void whatWasUsedLongestAgoMakesRoomAndNoServiceKeepsMoreThanOneVersion() {
    long size;
    try (Sandbox sandbox = sandbox()) {
      sandbox.publish(CHAT, echo("1"));
      size = sandbox.operator().keptCode().bytes();
    }
    try (Sandbox sandbox = sandbox("codeMemory", Long.toString(8 * size))) {
      for (int i = 0; i < 10; i++) {
        sandbox.publish(new ServiceId("service-" + i), echo("1"));
      }
      for (int version = 0; version < 20; version++) {
        sandbox.publish(CHAT, echo("chat " + version));
      }

      Operator.KeptCode kept = sandbox.operator().keptCode();
      assertThat(kept.versions()).isEqualTo(8);
      assertThat(kept.bytes()).isEqualTo(8 * size);
      // The first two for the last two of the ten, the third for the chat, whatever came after it.
      assertThat(kept.evictions()).isEqualTo(3);
    }
  }

  @Test
  void aSandboxThatIsClosedEvictsNothing() throws Exception {
    long size;
    try (Sandbox sandbox = sandbox()) {
      sandbox.publish(CHAT, echo("1"));
      size = sandbox.operator().keptCode().bytes();
    }
    Sandbox sandbox = sandbox("codeMemory", Long.toString(8 * size), "slots", "12");
    for (int i = 0; i < 12; i++) {
      sandbox.publish(new ServiceId("service-" + i), echo("1"));
      say(sandbox, new ServiceId("service-" + i));
    }
    assertThat(sandbox.operator().keptCode().evictions()).isZero();

    sandbox.close();

    assertThat(sandbox.operator().keptCode().evictions()).isZero();
    assertThat(engine.open()).isZero();
  }

  @Test
  void codeThatTakesMoreThanAnEighthIsNotKept() {
    long size;
    try (Sandbox sandbox = sandbox()) {
      sandbox.publish(CHAT, echo("1"));
      size = sandbox.operator().keptCode().bytes();
    }
    try (Sandbox sandbox = sandbox("codeMemory", Long.toString(8 * size - 1))) {
      sandbox.publish(CHAT, echo("1"));

      assertThat(sandbox.operator().keptCode().versions()).isZero();
      assertThat(sandbox.operator().guestMemory()).isZero();
    }
  }

  /**
   * Of two that the ledger has room for, the code without a slot goes, and the room's hook runs.
   */
  @Test
  void keptCodeGoesWhenGuestsNeedItsMemory() throws Exception {
    long code;
    long instance;
    try (Sandbox sandbox = sandbox("limits.memoryPages", "1")) {
      sandbox.publish(CHAT, echo("1"));
      code = sandbox.operator().keptCode().bytes();
      say(sandbox, CHAT);
      instance = sandbox.operator().guestMemory() - code; // an idle one, and an image
    }
    try (Sandbox sandbox =
        sandbox(
            "limits.memoryPages",
            "1",
            "workers",
            "1",
            "codeMemory",
            "64MiB",
            "guestMemory",
            Long.toString(2 * code + instance))) {
      sandbox.publish(CHAT, echo("1"));
      sandbox.publish(OTHER, echo("2"));
      sandbox.publish(new ServiceId("third"), echo("3"));

      assertThat(say(sandbox, CHAT)).isEqualTo(new HookOutcome.Completed());
      assertThat(say(sandbox, OTHER)).isEqualTo(new HookOutcome.Completed());

      assertThat(sandbox.operator().keptCode().evictions()).isPositive();
      assertThat(sandbox.operator().guestMemory()).isLessThanOrEqualTo(2 * code + instance);
    }
  }

  /** An instance of a closed module cannot be made, so a hook would fail. */
  @Test
  void codeIsNeverClosedUnderAModuleThatUsesItWhateverComesAndGoes() throws Exception {
    long size;
    try (Sandbox sandbox = sandbox()) {
      sandbox.publish(CHAT, echo("1"));
      size = sandbox.operator().keptCode().bytes();
    }
    List<ServiceId> services = new ArrayList<>();
    try (Sandbox sandbox =
        sandbox("slots", "3", "codeMemory", Long.toString(8 * size), "limits.time", "5s")) {
      for (int i = 0; i < 14; i++) {
        services.add(new ServiceId("service-" + i));
        sandbox.publish(services.get(i), echo("0"));
      }
      ExecutorService threads = Executors.newFixedThreadPool(6);
      List<Future<?>> ends = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        ends.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 150; i++) {
                    assertThat(say(sandbox, any(services))).isEqualTo(new HookOutcome.Completed());
                  }
                  return null;
                }));
      }
      ends.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 20; i++) {
                  sandbox.publish(any(services), echo(Integer.toString(i % 2)));
                }
                return null;
              }));
      ends.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 100; i++) {
                  say(sandbox, any(services));
                  sandbox.operator().slots().forEach(s -> sandbox.operator().evict(s.version()));
                }
                return null;
              }));

      for (Future<?> end : ends) {
        end.get();
      }

      threads.shutdown();
      assertThat(sandbox.operator().keptCode().bytes()).isLessThanOrEqualTo(8 * size);
    }
    assertThat(engine.open()).isZero();
  }

  private static ServiceId any(List<ServiceId> services) {
    return services.get(ThreadLocalRandom.current().nextInt(services.size()));
  }
}
