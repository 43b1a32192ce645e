package org.cloudramp.sandbox.core.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What rooms notice when Redis is not well. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RedisOutageTest {
  private static final ServiceId ECHO = new ServiceId("echo");
  private static final ServiceId COUNTER = new ServiceId("counter");
  private static final RoomId LOBBY = new RoomId("lobby");
  private static final ConnectionId ANN = new ConnectionId("ann");
  private static final Duration FROZEN = Duration.ofSeconds(5);

  @TempDir Path modules;

  @SuppressWarnings("NullAway.Init")
  private RedisProcess redis;

  @BeforeEach
  void start() {
    redis = RedisProcess.start("--appendonly", "yes", "--appendfsync", "always");
  }

  @AfterEach
  void stop() {
    redis.close();
  }

  private Sandbox sandbox(Map<String, String> more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("store.filesystem.folder", modules.toString());
    settings.put("kv", "redis");
    settings.put("kv.redis.uri", redis.uri());
    settings.putAll(more);
    Rooms rooms = new Rooms();
    Sandbox sandbox = Sandbox.builder().settings(settings).extension(rooms).build();
    sandbox.publish(ECHO, Guests.wasm("echo"));
    sandbox.publish(COUNTER, Guests.wasm("count"));
    return sandbox;
  }

  private static CompletableFuture<HookResult> say(Sandbox sandbox, ServiceId service) {
    return sandbox
        .dispatch(new HookCall.Message(new RoomAddress(service, LOBBY), ANN, Payload.text("1")))
        .toCompletableFuture();
  }

  private static long number(HookResult result) {
    assertThat(result.outcome()).isEqualTo(new HookOutcome.Completed());
    return ByteBuffer.wrap(result.events().get(0).payload().bytes().toArray())
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong();
  }

  @Test
  void whileRedisHangsRoomsOfOneServerWithoutKeysGoOnAndOthersFailWithinTheirTime()
      throws Exception {
    try (Sandbox sandbox = sandbox(Map.of("limits.time", "1s", "rooms.shared", "never"))) {
      assertThat(number(say(sandbox, COUNTER).get())).isEqualTo(1);
      redis.freeze();
      long begin = System.nanoTime();

      // Hooks that have to wait are under way all the time; the others must not notice.
      int echoes = 0;
      int failed = 0;
      CompletableFuture<HookResult> counting = say(sandbox, COUNTER);
      while (System.nanoTime() - begin < FROZEN.toNanos()) {
        assertThat(say(sandbox, ECHO).get(30, TimeUnit.SECONDS).outcome())
            .isEqualTo(new HookOutcome.Completed());
        echoes++;
        if (counting.isDone()) {
          assertThat(counting.get().outcome()).isInstanceOf(HookOutcome.Failed.class);
          assertThat(counting.get().events()).isEmpty();
          failed++;
          counting = say(sandbox, COUNTER);
        }
      }
      redis.thaw();

      // Each had its second, and onError as much again: none hung until the thaw.
      assertThat(failed).isPositive();
      assertThat(echoes).isGreaterThan(failed);
      HookResult last = counting.get(30, TimeUnit.SECONDS); // begun while it hung, ended after
      boolean counted = last.outcome() instanceof HookOutcome.Completed;
      assertEventuallyCounts(sandbox, counted ? 3 : 2);
    }
  }

  @Test
  void anOutageIsNotHeldAgainstTheVersionsThatItMadeFail() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of("kv.redis.timeout", "100ms", "quarantine.faults", "2"))) {
      assertThat(number(say(sandbox, COUNTER).get())).isEqualTo(1);
      redis.kill();
      for (int i = 0; i < 5; i++) {
        assertThat(say(sandbox, COUNTER).get().outcome())
            .isInstanceOfSatisfying(
                HookOutcome.Failed.class,
                failed ->
                    assertThat(failed.cause())
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("KV store 'redis' could not be read")
                        .cause() // without the room and the hook
                        .hasCauseInstanceOf(GuestException.class));
      }

      redis.restart();

      assertEventuallyCounts(sandbox, 2);
    }
  }

  @Test
  void aHookWhoseCommitIsUnderWayWhenRedisDiesCompletesWhenItIsBack() throws Exception {
    try (Sandbox sandbox = sandbox(Map.of("limits.time", "5s", "limits.commitTime", "60s"))) {
      for (long i = 1; i <= 3; i++) {
        CompletableFuture<HookResult> counting = say(sandbox, COUNTER);
        redis.kill();
        redis.restart();
        HookResult result = counting.get(1, TimeUnit.MINUTES);
        if (result.outcome() instanceof HookOutcome.Completed) {
          assertThat(number(result)).isEqualTo(i);
        } else { // it was to read when Redis went; then nothing has happened
          assertThat(result.events()).isEmpty();
          assertEventuallyCounts(sandbox, i);
        }
      }
    }
  }

  @Test
  void writeBehindGoesOnWhileRedisIsAwayAndLosesNothingWhenItComesBack() throws Exception {
    Map<String, String> writeBehind =
        Map.of(
            "writeBehind.services", "counter",
            "writeBehind.delay", "2s", // so that what is written last is here when Redis goes
            "kv.redis.timeout", "200ms");
    try (Sandbox sandbox = sandbox(writeBehind)) {
      assertThat(number(say(sandbox, COUNTER).get())).isEqualTo(1);
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> "1".equals(counterInRedis()));
      assertThat(number(say(sandbox, COUNTER).get())).isEqualTo(2);
      redis.kill();

      // The room reads its own last write, wherever that is.
      for (long i = 3; i <= 20; i++) {
        assertThat(number(say(sandbox, COUNTER).get())).isEqualTo(i);
      }
      redis.restart();

      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> "20".equals(counterInRedis()));
    }
  }

  @Test
  void writeBehindIsWrittenWhenTheSandboxCloses() throws Exception {
    Map<String, String> writeBehind =
        Map.of("writeBehind.services", "counter, other", "writeBehind.delay", "1h");
    try (Sandbox sandbox = sandbox(writeBehind)) {
      for (long i = 1; i <= 5; i++) {
        assertThat(number(say(sandbox, COUNTER).get())).isEqualTo(i);
      }
      assertThat(counterInRedis()).isEqualTo("none");
    }

    assertThat(counterInRedis()).isEqualTo("5");
  }

  private String counterInRedis() {
    String held = redis.ask(asked -> asked.get("sandbox:{56283}:counter/lobby:k:n"));
    return held == null ? "none" : held;
  }

  /** Until Redis is well again, hooks may fail; those that do, do not count. */
  private static void assertEventuallyCounts(Sandbox sandbox, long expected) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              HookResult result = say(sandbox, COUNTER).get(30, TimeUnit.SECONDS);
              if (!(result.outcome() instanceof HookOutcome.Completed)) {
                return false;
              }
              assertThat(number(result)).isEqualTo(expected);
              return true;
            });
  }
}
