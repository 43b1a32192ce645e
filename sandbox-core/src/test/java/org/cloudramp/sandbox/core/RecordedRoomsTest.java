package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.core.TestRooms.await;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.recording.RecordedCall;
import org.cloudramp.sandbox.core.recording.RecordedHook;
import org.cloudramp.sandbox.core.recording.RecordedRun;
import org.cloudramp.sandbox.core.recording.Recording;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is recorded of rooms that run in a sandbox. */
@Timeout(60)
class RecordedRoomsTest {
  private static final ServiceId SERVICE = new ServiceId("my-game");
  private static final RoomId LOBBY = new RoomId("lobby");

  @TempDir Path folder;

  private Sandbox sandbox(Map<String, String> more) {
    return Sandbox.builder()
        .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "2s"))
        .settings(more)
        .extension(new Rooms())
        .build();
  }

  private static HookResult say(Sandbox sandbox, RoomId room, String text) throws Exception {
    return await(
        sandbox.dispatch(
            new HookCall.Message(
                new RoomAddress(SERVICE, room), new ConnectionId("anna"), Payload.text(text))));
  }

  private static List<RecordedHook> hooks(Sandbox sandbox, RoomId room) {
    Optional<Bytes> file = sandbox.operator().recording(new RoomAddress(SERVICE, room));
    return Recording.read(file.orElseThrow().toArray()).hooks();
  }

  @Test
  void withoutTheSettingNothingIsKept() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of("record.other", "on", "record.my-game", "off"))) {
      sandbox.publish(SERVICE, Guests.wasm("keep"));
      say(sandbox, LOBBY, "a");

      assertThat(sandbox.operator().records(SERVICE)).isFalse();
      assertThat(sandbox.operator().recording(new RoomAddress(SERVICE, LOBBY))).isEmpty();
      assertThat(sandbox.operator().recordedBytes()).isZero();
    }
  }

  @Test
  void aHookIsKeptWithAllThatItWasToldAndAsked() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of("record.my-game", "on"))) {
      sandbox.publish(SERVICE, Guests.wasm("diary"));
      say(sandbox, LOBBY, "hello");
      say(sandbox, LOBBY, "x");
      say(sandbox, LOBBY, "again");

      List<RecordedHook> hooks = hooks(sandbox, LOBBY);

      assertThat(hooks)
          .extracting(RecordedHook::outcome)
          .containsExactly(
              RecordedHook.Outcome.COMPLETED,
              RecordedHook.Outcome.FAILED,
              RecordedHook.Outcome.COMPLETED);
      assertThat(hooks).extracting(RecordedHook::isFresh).containsExactly(true, false, true);
      assertThat(hooks.get(0).runs())
          .extracting(RecordedRun::hook)
          .containsExactly("onStart", "onMessage");
      RecordedRun message = hooks.get(0).runs().get(1);
      assertThat(message.event().utf8()).contains("my-game", "lobby", "anna", "hello");
      assertThat(message.calls())
          .extracting(RecordedCall::function)
          .containsExactly("kv.increment", "room.broadcast");
      assertThat(message.calls().get(0).answer())
          .isEqualTo(
              new RecordedCall.Answer.Response(Bytes.copyOf(new byte[] {1, 0, 0, 0, 0, 0, 0, 0})));
      assertThat(hooks.get(1).runs().get(0).end()).isEqualTo(RecordedRun.End.TRAPPED);
      assertThat(hooks.get(1).detail()).isNotEmpty();
      assertThat(hooks.get(0).module().functions()).contains("kv.increment");
    }
  }

  @Test
  void aHookThatRanAgainIsKeptOnceForEachAttempt() throws Exception {
    try (Sandbox sandbox =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "2s"))
            .settings(Map.of("record.my-game", "on"))
            .kv(new RoomMemoryTest.OnceInConflict())
            .extension(new Rooms())
            .build()) {
      sandbox.publish(SERVICE, Guests.wasm("keep-and-count"));
      say(sandbox, LOBBY, "a");
      say(sandbox, LOBBY, "b");

      assertThat(hooks(sandbox, LOBBY))
          .extracting(RecordedHook::outcome)
          .containsExactly(
              RecordedHook.Outcome.AGAIN,
              RecordedHook.Outcome.COMPLETED,
              RecordedHook.Outcome.COMPLETED);
      assertThat(hooks(sandbox, LOBBY))
          .extracting(RecordedHook::isFresh)
          .containsExactly(true, true, false);
    }
  }

  @Test
  void whatIsRecordedIsInTheLedgerAndWithinItsBounds() throws Exception {
    try (Sandbox sandbox =
        sandbox(
            Map.of(
                "record.my-game", "on",
                "recording.roomBytes", "32KiB",
                "recording.serviceBytes", "80KiB",
                "recording.hooks", "40"))) {
      sandbox.publish(SERVICE, Guests.wasm("diary"));
      say(sandbox, LOBBY, "a");
      long before = sandbox.operator().guestMemory() - sandbox.operator().recordedBytes();

      for (int i = 0; i < 300; i++) {
        say(sandbox, new RoomId("lobby"), "message " + i);
      }

      assertThat(hooks(sandbox, LOBBY).size()).isBetween(20, 40);
      assertThat(sandbox.operator().recordedBytes()).isBetween(1L, 80L << 10);
      assertThat(sandbox.operator().guestMemory())
          .isEqualTo(before + sandbox.operator().recordedBytes());
      assertThat(hooks(sandbox, LOBBY).get(0).image()).isPresent();
    }
  }

  @Test
  void recordingsGoBeforeARoomLosesItsMemory() throws Exception {
    // One worker that may need four pages; code and image, rooms and recordings have the rest.
    try (Sandbox sandbox =
        sandbox(
            Map.of(
                "record.my-game", "on",
                "workers", "1",
                "limits.memoryPages", "4",
                "guestMemory", Integer.toString(15 * 65_536)))) {
      sandbox.publish(SERVICE, Guests.wasm("keep"));
      assertThat(number(say(sandbox, LOBBY, "a"))).isEqualTo(101);
      for (int i = 0; i < 300; i++) {
        say(sandbox, new RoomId("busy"), "a".repeat(2_000));
      }
      long recorded = sandbox.operator().recordedBytes();
      assertThat(recorded).isGreaterThan(80_000);

      say(sandbox, new RoomId("another"), "a"); // which keeps a page from now on

      assertThat(sandbox.operator().recordedBytes()).isLessThan(recorded);
      assertThat(number(say(sandbox, LOBBY, "a"))).isEqualTo(102);
      assertThat(sandbox.operator().guestMemory())
          .isLessThanOrEqualTo(sandbox.operator().guestMemoryLimit());
    }
  }

  private static int number(HookResult result) {
    return ByteBuffer.wrap(result.events().get(0).payload().bytes().toArray())
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt();
  }
}
