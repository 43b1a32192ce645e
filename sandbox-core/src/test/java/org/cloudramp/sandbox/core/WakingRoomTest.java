package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.core.TestRooms.await;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.extension.Extension;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.TestRooms.Member;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code onStart} is told of a room that begins with new memory. */
@Timeout(60)
class WakingRoomTest {
  private static final ServiceId SERVICE = new ServiceId("game");
  private static final ServiceId OTHER = new ServiceId("other");
  private static final RoomId LOBBY = new RoomId("lobby");
  private static final RoomAddress ADDRESS = new RoomAddress(SERVICE, LOBBY);
  private static final Payload NEW = Payload.binary(new byte[] {0});
  private static final Payload WOKE = Payload.binary(new byte[] {1});

  @TempDir Path folder;

  private final Rooms rooms = new Rooms();

  private Sandbox sandbox(Extension extension, Map<String, String> more) {
    return Sandbox.builder()
        .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "2s"))
        .settings(more)
        .extension(extension)
        .build();
  }

  @Test
  void aRoomIsNewForTheFirstWhoJoinsAndWokeForThoseWhoWereThere() throws Exception {
    try (Sandbox sandbox = sandbox(rooms, Map.of())) {
      ModuleVersion version = sandbox.publish(SERVICE, Guests.wasm("wake"));
      TestRooms room = new TestRooms(sandbox, rooms);

      Member anna = room.join(SERVICE, LOBBY, "anna");
      sandbox.operator().evict(version);
      HookResult message = room.say(SERVICE, LOBBY, anna, "a");
      sandbox.operator().evict(version);
      Member ben = room.join(SERVICE, LOBBY, "ben");

      assertThat(anna.received()).containsExactly(NEW, WOKE, WOKE);
      assertThat(ben.received()).containsExactly(WOKE);
      assertThat(payloads(message)).containsExactly(WOKE);
    }
  }

  @Test
  void theLeaveOfTheLastWakesItAndAfterwardsItIsNew() throws Exception {
    try (Sandbox sandbox = sandbox(rooms, Map.of())) {
      ModuleVersion version = sandbox.publish(SERVICE, Guests.wasm("wake"));
      TestRooms room = new TestRooms(sandbox, rooms);
      Member anna = room.join(SERVICE, LOBBY, "anna");

      sandbox.operator().evict(version);
      HookResult leave = await(sandbox.dispatch(new HookCall.Leave(ADDRESS, anna.id(), 1000, "")));
      sandbox.operator().evict(version);
      Member ben = room.join(SERVICE, LOBBY, "ben");

      assertThat(payloads(leave)).containsExactly(WOKE);
      assertThat(ben.received()).containsExactly(NEW);
    }
  }

  @Test
  void aRoomWhoseMemoryOutlivedItsPeopleWakesForThoseWhoCameBeforeItWasLost() throws Exception {
    try (Sandbox sandbox = sandbox(rooms, Map.of())) {
      ModuleVersion version = sandbox.publish(SERVICE, Guests.wasm("wake"));
      TestRooms room = new TestRooms(sandbox, rooms);
      Member anna = room.join(SERVICE, LOBBY, "anna");
      await(sandbox.dispatch(new HookCall.Leave(ADDRESS, anna.id(), 1000, "")));
      Member ben = room.join(SERVICE, LOBBY, "ben");

      sandbox.operator().evict(version);
      room.say(SERVICE, LOBBY, ben, "a");

      assertThat(ben.received()).containsExactly(WOKE);
    }
  }

  @Test
  void aSlotThatWasGivenUpAReplacedVersionAndAFaultWakeIt() throws Exception {
    try (Sandbox sandbox = sandbox(rooms, Map.of("slots", "1"))) {
      ModuleVersion first = sandbox.publish(SERVICE, Guests.wasm("wake"));
      sandbox.publish(OTHER, Guests.wasm("echo"));
      TestRooms room = new TestRooms(sandbox, rooms);
      Member anna = room.join(SERVICE, LOBBY, "anna");

      room.join(OTHER, LOBBY, "zoe");
      HookResult afterTheSlot = room.say(SERVICE, LOBBY, anna, "a");
      HookResult fault = room.say(SERVICE, LOBBY, anna, "x");
      HookResult afterTheFault = room.say(SERVICE, LOBBY, anna, "a");
      sandbox.publish(SERVICE, Guests.wasm("keep"));
      room.say(SERVICE, LOBBY, anna, "a");
      sandbox.activate(SERVICE, first.digest());
      HookResult afterTheVersion = room.say(SERVICE, LOBBY, anna, "a");

      assertThat(payloads(afterTheSlot)).containsExactly(WOKE);
      assertThat(fault.outcome()).isInstanceOf(HookOutcome.Failed.class);
      assertThat(payloads(afterTheFault)).containsExactly(WOKE);
      assertThat(payloads(afterTheVersion)).containsExactly(WOKE);
    }
  }

  @Test
  void aHostThatKnowsNobodySaysThatEveryRoomIsNew() throws Exception {
    try (Sandbox sandbox = sandbox(broadcastOnly(room -> false), Map.of())) {
      sandbox.publish(SERVICE, Guests.wasm("wake"));

      assertThat(payloads(say(sandbox))).containsExactly(NEW);
    }
  }

  @Test
  void anyHostMaySayThatARoomIsInUse() throws Exception {
    try (Sandbox sandbox = sandbox(broadcastOnly(ADDRESS::equals), Map.of())) {
      sandbox.publish(SERVICE, Guests.wasm("wake"));

      assertThat(payloads(say(sandbox))).containsExactly(WOKE);
    }
  }

  @Test
  void aHostThatThrowsDoesNotFailTheGuest() throws Exception {
    Extension broken =
        broadcastOnly(
            room -> {
              throw new IllegalStateException("a bug of the host");
            });
    try (Sandbox sandbox = sandbox(broken, Map.of())) {
      sandbox.publish(SERVICE, Guests.wasm("wake"));

      assertThat(payloads(say(sandbox))).containsExactly(NEW);
    }
  }

  @Test
  void onStartIsToldAnotherSeedThanTheHookAfterIt() throws Exception {
    try (Sandbox sandbox = sandbox(rooms, Map.of())) {
      sandbox.publish(SERVICE, Guests.wasm("dice"));

      List<Payload> first = payloads(say(sandbox));
      List<Payload> second = payloads(say(sandbox));

      assertThat(first).hasSize(2).doesNotHaveDuplicates();
      assertThat(second).hasSize(1).doesNotContainAnyElementsOf(first);
    }
  }

  private static HookResult say(Sandbox sandbox) throws Exception {
    return await(
        sandbox.dispatch(
            new HookCall.Message(ADDRESS, new ConnectionId("anna"), Payload.text("a"))));
  }

  private static List<Payload> payloads(HookResult result) {
    return result.events().stream().map(event -> event.payload()).toList();
  }

  /** A host with the functions of rooms, and a knowledge of its own of who is there. */
  private static Extension broadcastOnly(Predicate<RoomAddress> isInUse) {
    Rooms functions = new Rooms();
    return new Extension() {
      @Override
      public List<HostFunctionProvider> functions() {
        return functions.functions();
      }

      @Override
      public boolean isInUse(RoomAddress room) {
        return isInUse.test(room);
      }
    };
  }
}
