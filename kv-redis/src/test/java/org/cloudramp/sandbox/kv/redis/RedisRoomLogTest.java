package org.cloudramp.sandbox.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.KillArgs;
import io.lettuce.core.XAddArgs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.testkit.kv.HeardLog;
import org.cloudramp.sandbox.testkit.kv.RoomLogContract;
import org.cloudramp.sandbox.testkit.servers.ForAllTests;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisRoomLogTest extends RoomLogContract {
  private static final String ROOM = "sandbox:{44902}:chat/lobby:";

  @RegisterExtension
  static final ForAllTests<RedisProcess> STARTED = new ForAllTests<>(RedisProcess::start);

  RedisRoomLogTest() {
    server().empty();
  }

  private static RedisProcess server() {
    return STARTED.get();
  }

  @Override
  protected KvStore openStore(LogWindow window) {
    return RedisLogs.open(server().uri(), window);
  }

  @Override
  protected void loseEverything() {
    server().empty();
  }

  @Override
  protected Runnable remember() {
    return server().remember();
  }

  @Override
  protected void passTime(Duration duration) {
    LockSupport.parkNanos(duration.toNanos());
  }

  @Test
  void aServerThatDividesRoomsOtherwiseDoesNotStart() {
    RedisKvStore other = new RedisKvStore();

    assertThatThrownBy(
            () -> other.start(PluginContext.of(Map.of("uri", server().uri(), "partitions", "128"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("kv.redis.partitions", "256", "128", "127.0.0.1");
    other.close();
  }

  @Test
  void serversThatDisagreeAfterTheRedisWasEmptiedCommitNothing() throws Exception {
    append(store, LOBBY, "before");
    server().ask(redis -> redis.set("sandbox:partitions", "128"));

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> append(store, LOBBY, "after"))
                    .cause()
                    .isInstanceOfSatisfying(
                        StoreException.class,
                        e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
                    .hasMessageContaining("kv.redis.partitions"));

    server().ask(redis -> redis.del("sandbox:partitions"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .untilAsserted(() -> append(store, LOBBY, "after"));
  }

  @Test
  void junkOnTheChannelIsIgnored() throws Exception {
    LogPosition start = open(store, LOBBY);
    HeardLog heard = follow(another(), start);
    append(store, LOBBY, "1");
    heard.await(1);

    for (String junk :
        List.of(
            "",
            "junk",
            "1 chat/lobby " + start.epoch() + " 2 0 0 1",
            "1 chat/lobby " + start.epoch() + " 9 0 0 1\n\0\0\0\1x",
            "1 chat/lobby " + start.epoch() + " 2 1048577 1048577 1\n\0\0\0\1x",
            "1 chat/lobby another 2 0 0 1\n\0\0\0\1x",
            "1 chat/nobody " + start.epoch() + " 2 0 0 1\n\0\0\0\1x")) {
      server().ask(redis -> redis.spublish("sandbox:{44902}:log", junk));
    }
    append(store, LOBBY, "2");

    assertThat(heard.await(2)).isEqualTo(List.of("1", "2"));
    assertThat(heard.gaps()).isEmpty();
  }

  @Test
  void whatTheChannelLostWithoutASignIsFoundInTheLog() throws Exception {
    LogPosition start = open(store, LOBBY);
    HeardLog heard = follow(another(), start);
    append(store, LOBBY, "1");
    heard.await(1);

    // A commit whose message is lost.
    server()
        .ask(
            redis -> {
              redis.xadd(
                  ROOM + "l",
                  new XAddArgs().id("2-0"),
                  "t",
                  String.valueOf(System.currentTimeMillis()),
                  "c",
                  "2");
              return redis.hset(ROOM + "h", "end", "2");
            });

    assertThat(heard.await(2)).isEqualTo(List.of("1", "2"));
    append(store, LOBBY, "3");
    assertThat(heard.await(3)).isEqualTo(List.of("1", "2", "3"));
  }

  @Test
  void aUserWhoMayNotUseChannelsHearsAllTheSameIfLate() throws Exception {
    server()
        .ask(
            redis ->
                redis.aclSetuser(
                    "mute", new AclSetuserArgs().on().addPassword("x").allKeys().allCommands()));
    KvStore mute =
        RedisLogs.open(
            server().uri().replace("redis://", "redis://mute:x@"),
            new LogWindow(1_000, 1 << 20, Duration.ofHours(1)));
    LogPosition start = open(mute, LOBBY);
    HeardLog heard = new HeardLog(LOBBY, start);
    log(mute).follow(LOBBY, start, heard);

    append(mute, LOBBY, "1", "2");
    append(store, LOBBY, "3");

    assertThat(heard.await(3)).isEqualTo(List.of("1", "2", "3"));
    mute.close();
  }

  @Test
  void aFollowerWhoseConnectionsAreKilledAgainAndAgainMissesNothing() throws Exception {
    LogPosition start = open(store, LOBBY);
    HeardLog here = follow(store, start);
    HeardLog there = follow(another(), start);
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      if (i % 20 == 10) {
        server().ask(redis -> redis.clientKill(KillArgs.Builder.typePubsub().skipme(true)));
      }
      all.add(String.valueOf(i));
      append(store, LOBBY, String.valueOf(i));
    }

    assertThat(here.await(300)).isEqualTo(all);
    assertThat(there.await(300)).isEqualTo(all);
    assertThat(here.gaps()).isEmpty();
    assertThat(there.gaps()).isEmpty();
  }

  /** As a replica that takes over, or a file that is read again, without the last entries. */
  @Test
  void aLogThatHasGoneBackIsAGapToWhoHasHeardMoreThoughNothingComesAfterwards() throws Exception {
    LogPosition start = open(store, LOBBY);
    HeardLog heard = follow(another(), start);
    append(store, LOBBY, "1");
    Runnable back = remember();
    append(store, LOBBY, "2", "3");
    heard.await(3);

    back.run();

    LogPosition again = heard.awaitGaps(1).get(0);
    assertThat(again).isEqualTo(start.plus(1));
    assertThat(await(log(store).read(LOBBY, start.plus(3), 10))).isEqualTo(new LogRead.Gap(again));
    assertThat(append(store, LOBBY, "other")).isEqualTo(again.plus(1));
    assertThat(heard.await(4)).endsWith("other");
  }

  @Test
  void aLogWhoseOffsetsAreUsedUpBeginsAgainAndThatIsAGap() throws Exception {
    LogPosition start = open(store, LOBBY);
    append(store, LOBBY, "1");
    server()
        .ask(
            redis -> {
              redis.del(ROOM + "l");
              return redis.hset(ROOM + "h", "end", String.valueOf(LogPosition.MAX_OFFSET - 1));
            });
    HeardLog heard = follow(another(), open(store, LOBBY));

    LogPosition last = append(store, LOBBY, "last");
    heard.await(1);
    LogPosition first = append(store, LOBBY, "first");

    assertThat(last).isEqualTo(new LogPosition(start.epoch(), LogPosition.MAX_OFFSET));
    assertThat(first.offset()).isEqualTo(1);
    assertThat(first.epoch()).isNotEqualTo(start.epoch());
    assertThat(heard.await(2)).isEqualTo(List.of("last", "first"));
    assertThat(heard.gaps()).isEqualTo(List.of(first.plus(-1)));
  }

  @Test
  void channelsAreListenedToOnlyWhileSomebodyFollows() throws Exception {
    var garden = RoomAddress.of("chat", "garden");
    var following =
        log(store).follow(LOBBY, open(store, LOBBY), new HeardLog(LOBBY, LogPosition.none()));
    var second =
        log(store).follow(garden, open(store, garden), new HeardLog(garden, LogPosition.none()));
    Awaitility.await()
        .untilAsserted(() -> assertThat(channels()).hasSize(2).contains("sandbox:{44902}:log"));

    following.close();
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(channels()).hasSize(1).doesNotContain("sandbox:{44902}:log"));
    second.close();
    Awaitility.await().untilAsserted(() -> assertThat(channels()).isEmpty());
  }

  @Test
  void theEntriesOfALogCountForItsServiceAndGiveTheirBytesBack() throws Exception {
    KvQuota quota = new KvQuota(Long.MAX_VALUE, 100_000);
    KvTransaction.Builder transaction = KvTransaction.builder("one").quota(quota);
    await(store.commit(LOBBY, transaction.appends(List.of(Bytes.utf8("x".repeat(1_000)))).build()));
    long entry = 1_000 + LogWindow.BYTES_PER_ENTRY;

    awaitHeadroom(quota, 100_000 - entry);
    server().ask(redis -> redis.pexpire(ROOM + "l", 1));
    Awaitility.await().until(() -> server().count(redis -> redis.exists(ROOM + "l")) == 0);
    await(
        store.commit(
            LOBBY,
            KvTransaction.builder("two").quota(quota).appends(List.of(Bytes.empty())).build()));
    awaitHeadroom(quota, 100_000 - LogWindow.BYTES_PER_ENTRY);
  }

  @Test
  void aQuietLogLeavesNothingInRedis() throws Exception {
    append(store, LOBBY, "1");

    assertThat(server().count(redis -> redis.pttl(ROOM + "l"))).isBetween(1L, 3_600_000L);
    assertThat(server().count(redis -> redis.pttl(ROOM + "h"))).isBetween(1L, 3_600_000L);
  }

  @Test
  void aStreamOfAnotherKindIsNamedAndNothingIsWritten() throws Exception {
    server().ask(redis -> redis.set(ROOM + "l", "x"));

    assertThatThrownBy(() -> append(store, LOBBY, "1"))
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
        .hasMessageContainingAll("chat/lobby", "WRONGTYPE");
  }

  @Test
  void manyRoomsAreFollowedAtOnceAndEachHearsItsOwn() throws Exception {
    KvStore there = another();
    List<RoomAddress> rooms =
        IntStream.range(0, 400).mapToObj(i -> RoomAddress.of("chat", "room-" + i)).toList();
    List<HeardLog> heard = new ArrayList<>();
    for (RoomAddress room : rooms) {
      LogPosition start = open(store, room);
      HeardLog listener = new HeardLog(room, start);
      log(there).follow(room, start, listener);
      heard.add(listener);
    }
    for (RoomAddress room : rooms) {
      append(store, room, room + " 1");
    }
    server().ask(redis -> redis.clientKill(KillArgs.Builder.typePubsub().skipme(true)));
    for (RoomAddress room : rooms) {
      append(store, room, room + " 2");
    }

    for (int i = 0; i < rooms.size(); i++) {
      assertThat(heard.get(i).await(2))
          .isEqualTo(List.of(rooms.get(i) + " 1", rooms.get(i) + " 2"));
    }
  }

  private static List<String> channels() {
    return server().ask(redis -> redis.pubsubShardChannels("sandbox:*"));
  }

  private void awaitHeadroom(KvQuota quota, long bytes) {
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(await(store.headroom(LOBBY, quota)).orElseThrow()).isEqualTo(bytes));
  }
}
