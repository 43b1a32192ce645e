package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.core.TestRooms.await;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RoomMemoryTest {
  private static final ServiceId SERVICE = new ServiceId("game");
  private static final ServiceId OTHER = new ServiceId("other");
  private static final RoomId LOBBY = new RoomId("lobby");
  private static final ConnectionId ANNA = new ConnectionId("anna");

  @TempDir Path folder;

  private Sandbox sandbox(Map<String, String> more) {
    Rooms rooms = new Rooms();
    return Sandbox.builder()
        .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "2s"))
        .settings(more)
        .extension(rooms)
        .build();
  }

  private static HookResult say(Sandbox sandbox, ServiceId service, RoomId room, String text)
      throws Exception {
    return await(
        sandbox.dispatch(
            new HookCall.Message(new RoomAddress(service, room), ANNA, Payload.text(text))));
  }

  private static int number(HookResult result) {
    return ByteBuffer.wrap(result.events().get(0).payload().bytes().toArray())
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt();
  }

  @Test
  void aRoomRemembersFromHookToHookAndBeginsWithOnStart() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of())) {
      sandbox.publish(SERVICE, Guests.wasm("keep"));

      assertThat(number(say(sandbox, SERVICE, LOBBY, "a"))).isEqualTo(101);
      assertThat(number(say(sandbox, SERVICE, LOBBY, "a"))).isEqualTo(102);
      assertThat(number(say(sandbox, SERVICE, LOBBY, "a"))).isEqualTo(103);
    }
  }

  @Test
  void noRoomSeesTheMemoryOfAnother() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of())) {
      sandbox.publish(SERVICE, Guests.wasm("keep"));
      say(sandbox, SERVICE, LOBBY, "a");

      assertThat(number(say(sandbox, SERVICE, new RoomId("cellar"), "a"))).isEqualTo(101);
      assertThat(number(say(sandbox, SERVICE, LOBBY, "a"))).isEqualTo(102);
    }
  }

  @Test
  void aRoomBeginsAnewAfterItsHookHasFailed() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of())) {
      sandbox.publish(SERVICE, Guests.wasm("keep"));
      say(sandbox, SERVICE, LOBBY, "a");

      assertThat(say(sandbox, SERVICE, LOBBY, "x").outcome())
          .isInstanceOf(HookOutcome.Failed.class);

      assertThat(number(say(sandbox, SERVICE, LOBBY, "a"))).isEqualTo(101);
    }
  }

  @Test
  void aRoomThatGoesToAnotherVersionAndBackBeginsAnew() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of())) {
      ModuleVersion first = sandbox.publish(SERVICE, Guests.wasm("keep"));
      say(sandbox, SERVICE, LOBBY, "a");
      sandbox.publish(SERVICE, Guests.wasm("echo"));
      say(sandbox, SERVICE, LOBBY, "a");

      sandbox.activate(SERVICE, first.digest());

      assertThat(number(say(sandbox, SERVICE, LOBBY, "a"))).isEqualTo(101);
    }
  }

  @Test
  void aRoomBeginsAnewWhenItsModuleHadToGiveUpItsSlot() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of("slots", "1"))) {
      sandbox.publish(SERVICE, Guests.wasm("keep"));
      sandbox.publish(OTHER, Guests.wasm("echo"));
      say(sandbox, SERVICE, LOBBY, "a");

      say(sandbox, OTHER, LOBBY, "a");

      assertThat(number(say(sandbox, SERVICE, LOBBY, "a"))).isEqualTo(101);
    }
  }

  @Test
  void theRoomUsedLongestAgoBeginsAnewWhenMemoryIsShort() throws Exception {
    // One worker that may need four pages, and beside it what is kept: code, image, two rooms.
    try (Sandbox sandbox =
        sandbox(
            Map.of(
                "workers", "1",
                "limits.memoryPages", "4",
                "guestMemory", Integer.toString(15 * 65_536)))) {
      sandbox.publish(SERVICE, Guests.wasm("keep"));
      for (int room = 0; room < 8; room++) {
        say(sandbox, SERVICE, new RoomId("room-" + room), "a");
      }

      assertThat(sandbox.operator().guestMemory()).isLessThanOrEqualTo(15 * 65_536);
      assertThat(number(say(sandbox, SERVICE, new RoomId("room-7"), "a"))).isEqualTo(102);
      assertThat(number(say(sandbox, SERVICE, new RoomId("room-0"), "a"))).isEqualTo(101);
    }
  }

  @Test
  void aRoomForgetsWhatItRememberedOfAHookWhoseWritesConflicted() throws Exception {
    Rooms rooms = new Rooms();
    try (Sandbox sandbox =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "2s"))
            .kv(new OnceInConflict())
            .extension(rooms)
            .build()) {
      sandbox.publish(SERVICE, Guests.wasm("keep-and-count"));

      assertThat(number(say(sandbox, SERVICE, LOBBY, "a"))).isEqualTo(1);
      assertThat(number(say(sandbox, SERVICE, LOBBY, "a"))).isEqualTo(2);
    }
  }

  /** The first commit finds that somebody else was faster. */
  static final class OnceInConflict implements KvStore {
    private final MemoryKvStore store = new MemoryKvStore();
    private boolean happened;

    @Override
    public String name() {
      return "conflict";
    }

    @Override
    public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
      return store.read(address, keys);
    }

    @Override
    public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
      if (!happened) {
        happened = true;
        return CompletableFuture.completedFuture(CommitResult.conflict());
      }
      return store.commit(address, transaction);
    }

    @Override
    public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
      return store.reserve(address, id, time);
    }
  }
}
