package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.kv.ManualClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Timers from the hook that sets them to the one that answers them. */
@Timeout(120)
class TimersTest {
  private static final ServiceId SERVICE = new ServiceId("alarm");
  private static final RoomAddress LOBBY = RoomAddress.of("alarm", "lobby");
  private static final ConnectionId ANN = new ConnectionId("ann");

  /** What a guest has said of a timer. */
  private record Fired(RoomAddress room, String name, Instant due, int attempt) {}

  /** Sees what comes of timers, of one sandbox or several. */
  private static final class Seen implements HookListener {
    private final List<HookResult> results = new CopyOnWriteArrayList<>();
    private final List<Throwable> notRun = new CopyOnWriteArrayList<>();

    @Override
    public void onEnd(HookResult result) {
      if (result.call() instanceof HookCall.Timer) {
        results.add(result);
      }
    }

    @Override
    public void onAbort(HookCall call, Throwable cause) {
      if (call instanceof HookCall.Timer) {
        notRun.add(cause);
      }
    }

    List<Fired> fired() {
      return results.stream()
          .flatMap(result -> result.events().stream())
          .map(TimersTest::said)
          .toList();
    }

    List<Integer> attempts() {
      return results.stream()
          .map(result -> ((HookCall.Timer) result.call()).timer().attempt())
          .toList();
    }
  }

  @TempDir Path folder;
  private final ManualClock clock = new ManualClock();
  private final Instant start = clock.instant();
  private final Seen seen = new Seen();
  private final List<Sandbox> opened = new ArrayList<>();

  private Sandbox sandbox(KvStore kv, Map<String, String> more) {
    Sandbox sandbox =
        Sandbox.builder()
            .settings(
                Map.of(
                    "store.filesystem.folder", folder.toString(),
                    "limits.time", "2s",
                    "quarantine.faults", "0"))
            .settings(more)
            .kv(kv)
            .clock(clock)
            .listener(seen)
            .extension(new Rooms())
            .build();
    opened.add(sandbox);
    return sandbox;
  }

  private Sandbox sandbox() {
    Sandbox sandbox = sandbox(new MemoryKvStore(), Map.of());
    sandbox.publish(SERVICE, Guests.wasm("timer"));
    return sandbox;
  }

  @AfterEach
  void closeSandboxes() {
    opened.forEach(Sandbox::close);
  }

  @Test
  void aTimerFiresAtItsTimeInARoomWithoutAnybodyAndOnce() throws Exception {
    Sandbox sandbox = sandbox();
    set(sandbox, LOBBY, "close", 100);

    pass(sandbox, Duration.ofMillis(99));
    assertThat(seen.fired()).isEmpty();
    pass(sandbox, Duration.ofMillis(1));
    pass(sandbox, Duration.ofHours(1));

    assertThat(seen.fired()).containsExactly(new Fired(LOBBY, "close", start.plusMillis(100), 0));
    assertThat(seen.results.get(0).outcome()).isEqualTo(new HookOutcome.Completed());
  }

  @Test
  void nobodyHasToAskForATimerToFire() throws Exception {
    Sandbox sandbox = sandbox();
    set(sandbox, LOBBY, "close", 100);

    clock.advance(Duration.ofMillis(100));

    Awaitility.await().until(() -> seen.fired().size() == 1);
  }

  @Test
  void aServerThatComesBackAfterAnHourFiresEachOnce() throws Exception {
    MemoryKvStore kv = new MemoryKvStore();
    Sandbox before = sandbox(kv, Map.of());
    before.publish(SERVICE, Guests.wasm("timer"));
    set(before, LOBBY, "once", 100);
    set(before, RoomAddress.of("alarm", "den"), "+again", 100);
    before.close();

    clock.advance(Duration.ofHours(1));
    Sandbox after = sandbox(kv, Map.of());
    fire(after);

    assertThat(seen.fired()).extracting(Fired::name).containsExactlyInAnyOrder("once", "+again");
  }

  @Test
  void twoServersThatShareAStoreFireEachTimerOnce() throws Exception {
    MemoryKvStore kv = new MemoryKvStore();
    Sandbox one = sandbox(kv, Map.of());
    Sandbox other = sandbox(kv, Map.of());
    one.publish(SERVICE, Guests.wasm("timer"));
    for (int i = 0; i < 300; i++) {
      set(i % 2 == 0 ? one : other, RoomAddress.of("alarm", "room-" + i), "close", 100);
    }

    clock.advance(Duration.ofSeconds(1));
    fire(one);
    fire(other);
    clock.advance(Duration.ofMinutes(1));
    fire(one);
    fire(other);

    assertThat(seen.fired()).hasSize(300);
    assertThat(seen.fired().stream().map(Fired::room).distinct()).hasSize(300);
  }

  @Test
  void oneThatIsCancelledOrSetAnewDoesNotFireAsItWas() throws Exception {
    Sandbox sandbox = sandbox();
    set(sandbox, LOBBY, "cancelled", 100);
    set(sandbox, LOBBY, "again", 100);
    clock.advance(Duration.ofMillis(50));

    say(sandbox, LOBBY, Payload.text("cancelled"));
    set(sandbox, LOBBY, "again", 100);
    pass(sandbox, Duration.ofMillis(99));
    assertThat(seen.fired()).isEmpty();
    pass(sandbox, Duration.ofMillis(1));

    assertThat(seen.fired()).containsExactly(new Fired(LOBBY, "again", start.plusMillis(150), 0));
  }

  @Test
  void aTimerMaySetItselfAgain() throws Exception {
    Sandbox sandbox = sandbox();
    set(sandbox, LOBBY, "+tick", 1_000);

    for (int i = 0; i < 3; i++) {
      pass(sandbox, Duration.ofSeconds(1));
    }

    assertThat(seen.fired())
        .extracting(Fired::due)
        .containsExactly(start.plusSeconds(1), start.plusSeconds(2), start.plusSeconds(3));
  }

  @Test
  void oneWhoseHookFailsIsTriedAgainLaterAndLaterAndDroppedAfterSixTimes() throws Exception {
    Sandbox sandbox = sandbox();
    set(sandbox, LOBBY, "!fails", 100);

    pass(sandbox, Duration.ofMillis(100));
    for (int seconds = 2; seconds <= 64; seconds *= 2) {
      int before = seen.results.size();
      pass(sandbox, Duration.ofSeconds(seconds).minusMillis(1));
      assertThat(seen.results).hasSize(before);
      pass(sandbox, Duration.ofMillis(1));
      assertThat(seen.results).hasSize(before + 1);
    }
    pass(sandbox, Duration.ofHours(1));

    assertThat(seen.attempts()).containsExactly(0, 1, 2, 3, 4, 5, 6);
    assertThat(seen.fired()).isEmpty();
    assertThat(seen.results)
        .allSatisfy(result -> assertThat(result.outcome()).isInstanceOf(HookOutcome.Failed.class));
  }

  @Test
  void oneThatIsRefusedOrThatNobodyKnowsIsDroppedAtOnce() throws Exception {
    Sandbox sandbox = sandbox();
    set(sandbox, LOBBY, "?refuses", 100);
    pass(sandbox, Duration.ofMillis(100));
    set(sandbox, LOBBY, "stale", 100);
    sandbox.publish(SERVICE, Guests.wasm("echo"));
    pass(sandbox, Duration.ofMillis(100));
    pass(sandbox, Duration.ofHours(1));

    assertThat(seen.results)
        .extracting(HookResult::outcome)
        .containsExactly(new HookOutcome.Refused(Optional.empty()), new HookOutcome.Absent());
  }

  @Test
  void aTimerThatWasClaimedElsewhereIsNotRunTwice() throws Exception {
    Sandbox sandbox = sandbox();
    set(sandbox, LOBBY, "close", 100);
    pass(sandbox, Duration.ofMillis(100));
    RoomTimer answered = ((HookCall.Timer) seen.results.get(0).call()).timer();

    assertThatThrownBy(
            () ->
                sandbox
                    .dispatch(new HookCall.Timer(answered))
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.kind()).isEqualTo(RefusedException.Kind.TIMER_GONE))
        .hasMessageContainingAll("alarm", "lobby", "close");
    assertThat(seen.fired()).hasSize(1);
  }

  @Test
  void timersOfAServiceThatIsNotThereAreDroppedInTheEnd() throws Exception {
    Sandbox sandbox = sandbox();
    set(sandbox, LOBBY, "close", 100);
    sandbox.operator().delete(SERVICE);

    pass(sandbox, Duration.ofMillis(100));
    for (int i = 0; i < 10; i++) {
      pass(sandbox, Duration.ofMinutes(2));
    }

    assertThat(seen.notRun).hasSize(7);
  }

  @Test
  void hooksThatWouldLeaveTooManyTimersFailAndSayWhichLimit() throws Exception {
    Sandbox sandbox = sandbox(new MemoryKvStore(), Map.of("limits.timers", "2"));
    sandbox.publish(SERVICE, Guests.wasm("timer"));
    set(sandbox, LOBBY, "1", 100);
    set(sandbox, LOBBY, "2", 100);

    HookResult result = say(sandbox, LOBBY, setting("3", 100));

    assertThat(result.outcome())
        .isInstanceOfSatisfying(
            HookOutcome.Failed.class,
            failed ->
                assertThat(failed.cause())
                    .isInstanceOfSatisfying(
                        StoreException.class,
                        e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.QUOTA))
                    .hasMessageContainingAll("alarm/lobby", "limits.timers"));
    pass(sandbox, Duration.ofMillis(100));
    assertThat(seen.fired()).extracting(Fired::name).containsExactlyInAnyOrder("1", "2");
  }

  @Test
  void whatATimerCannotBeIsRefusedWithACode() throws Exception {
    Sandbox sandbox = sandbox();

    assertThat(code(say(sandbox, LOBBY, setting("", 100)))).isEqualTo(-1);
    assertThat(code(say(sandbox, LOBBY, setting("x".repeat(129), 100)))).isEqualTo(-1);
    assertThat(code(say(sandbox, LOBBY, setting("x", Long.MAX_VALUE)))).isEqualTo(-1);
    assertThat(say(sandbox, LOBBY, setting("x".repeat(128), Long.MIN_VALUE)).events()).isEmpty();
    pass(sandbox, Duration.ofMillis(49));
    assertThat(seen.fired()).isEmpty();
    pass(sandbox, Duration.ofMillis(1));
    assertThat(seen.fired()).hasSize(1);
  }

  @Test
  void aStoreWithoutTimersIsSaidToHaveNone() throws Exception {
    Sandbox sandbox = sandbox(withoutTimers(new MemoryKvStore()), Map.of());
    sandbox.publish(SERVICE, Guests.wasm("timer"));

    assertThat(code(say(sandbox, LOBBY, setting("close", 100)))).isEqualTo(-5);
    assertThat(await(sandbox)).isEmpty();
  }

  @Test
  void aServiceThatWritesBehindHasTimersToo() throws Exception {
    Sandbox sandbox = sandbox(new MemoryKvStore(), Map.of("writeBehind.services", "alarm"));
    sandbox.publish(SERVICE, Guests.wasm("timer"));
    set(sandbox, LOBBY, "+tick", 1_000);

    pass(sandbox, Duration.ofSeconds(1));
    pass(sandbox, Duration.ofSeconds(1));

    assertThat(seen.fired())
        .extracting(Fired::due)
        .containsExactly(start.plusSeconds(1), start.plusSeconds(2));
  }

  @Test
  void thousandsOfTimersOfOneServiceDoNotKeepThatOfAnotherWaiting() throws Exception {
    Sandbox sandbox = sandbox();
    ServiceId other = new ServiceId("other");
    sandbox.publish(other, Guests.wasm("timer"));
    for (int i = 0; i < 3_000; i++) {
      set(sandbox, RoomAddress.of("alarm", "room-" + i % 300), "timer " + i, 100);
    }
    set(sandbox, RoomAddress.of("other", "lobby"), "close", 120);

    pass(sandbox, Duration.ofMillis(200));

    List<Fired> fired = seen.fired();
    assertThat(fired).hasSize(3_001);
    int place = 0;
    while (!fired.get(place).room().service().equals(other)) {
      place++;
    }
    assertThat(place).as("timers that fired before that of the other service").isLessThan(1_500);
  }

  private static Fired said(Event event) {
    ByteBuffer fields =
        ByteBuffer.wrap(event.payload().bytes().toArray()).order(ByteOrder.LITTLE_ENDIAN);
    byte[] name = new byte[fields.getInt()];
    fields.get(name);
    return new Fired(
        new RoomAddress(event.service(), event.room()),
        new String(name, StandardCharsets.UTF_8),
        Instant.ofEpochMilli(fields.getLong()),
        fields.getInt());
  }

  private static int code(HookResult result) {
    return ByteBuffer.wrap(result.events().get(0).payload().bytes().toArray())
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt();
  }

  private static Payload setting(String name, long delay) {
    return new Payload(
        Payload.Kind.BINARY, Bytes.copyOf(new WireWriter().string(name).i64(delay).toArray()));
  }

  private static void set(Sandbox sandbox, RoomAddress room, String name, long delay)
      throws Exception {
    HookResult result = say(sandbox, room, setting(name, delay));
    assertThat(result.outcome()).isEqualTo(new HookOutcome.Completed());
    assertThat(result.events()).isEmpty();
  }

  private static HookResult say(Sandbox sandbox, RoomAddress room, Payload payload)
      throws Exception {
    return TestRooms.await(sandbox.dispatch(new HookCall.Message(room, ANN, payload)));
  }

  private void pass(Sandbox sandbox, Duration time) throws Exception {
    clock.advance(time);
    fire(sandbox);
  }

  private static void fire(Sandbox sandbox) throws Exception {
    Optional<Instant> unused = await(sandbox);
  }

  private static Optional<Instant> await(Sandbox sandbox) throws Exception {
    return sandbox.operator().fireTimers().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  @Test
  void everyCommitIsBoundByTheLimitsOfItsService() throws Exception {
    List<KvTransaction> committed = new CopyOnWriteArrayList<>();
    Sandbox sandbox =
        sandbox(
            noting(new MemoryKvStore(), committed),
            Map.of(
                "limits.timers", "7",
                "limits.kvRoomBytes", "20000",
                "limits.kvServiceBytes", "30000"));
    sandbox.publish(SERVICE, Guests.wasm("timer"));
    sandbox.publish(new ServiceId("counter"), Guests.wasm("count"));

    set(sandbox, LOBBY, "close", 100);
    HookResult unused = say(sandbox, RoomAddress.of("counter", "lobby"), Payload.text("1"));

    assertThat(committed)
        .hasSize(2)
        .allSatisfy(each -> assertThat(each.quota()).isEqualTo(new KvQuota(20_000, 30_000)));
    assertThat(committed.get(0).timers().most()).isEqualTo(7);
    assertThat(committed.get(1).timers().isEmpty()).isTrue();
  }

  private static KvStore noting(KvStore store, List<KvTransaction> committed) {
    return (KvStore)
        Proxy.newProxyInstance(
            KvStore.class.getClassLoader(),
            new Class<?>[] {KvStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("commit")) {
                committed.add((KvTransaction) arguments[1]);
              }
              return method.invoke(store, arguments);
            });
  }

  private static KvStore withoutTimers(KvStore store) {
    return (KvStore)
        Proxy.newProxyInstance(
            KvStore.class.getClassLoader(),
            new Class<?>[] {KvStore.class},
            (proxy, method, arguments) ->
                method.getName().equals("timers")
                    ? Optional.empty()
                    : method.invoke(store, arguments));
  }
}
