package org.cloudramp.sandbox.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.testkit.kv.KvStoreContract;
import org.cloudramp.sandbox.testkit.servers.ForAllTests;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisKvStoreTest extends KvStoreContract {
  private static final int FEW_KEYS = 500;

  /** What the names of the lobby's keys begin with, with the tag of its partition. */
  private static final String ROOM = "sandbox:{44902}:chat/lobby:";

  @RegisterExtension
  static final ForAllTests<RedisProcess> STARTED = new ForAllTests<>(RedisProcess::start);

  RedisKvStoreTest() {
    server().empty();
  }

  private static RedisProcess server() {
    return STARTED.get();
  }

  @Override
  protected KvStore openStore() {
    RedisKvStore opened = new RedisKvStore();
    opened.start(
        PluginContext.of(
            Map.of(
                "uri", server().uri(),
                "timeout", "30s", // slow machines are not what is tested here
                "keysPerRoom", String.valueOf(FEW_KEYS))));
    return opened;
  }

  @Override
  protected void passTime(Duration duration) {
    LockSupport.parkNanos(duration.toNanos());
  }

  @Test
  void isFoundByItsName() {
    assertThat(ServiceLoader.load(KvStore.class))
        .anySatisfy(found -> assertThat(found).isInstanceOf(RedisKvStore.class));
    assertThat(new RedisKvStore().name()).isEqualTo("redis");
  }

  @Test
  void allKeysOfARoomAreInItsSlotAndUnderItsName() throws Exception {
    write(LOBBY, put("a", "1"), put("}b{", "1", Duration.ofHours(1)), put("\r\n\u0000", "1"));

    List<String> keys = server().ask(redis -> redis.keys("sandbox:{*"));

    assertThat(keys)
        .hasSize(6) // three keys, the index, their sizes, the transaction
        .allSatisfy(key -> assertThat(key).matches(Pattern.quote(ROOM) + "[!-~]*"))
        .contains(ROOM + "k:a", ROOM + "k:%7Db%7B");
    assertThat(keys.stream().map(SlotHash::getSlot).distinct()).hasSize(1);
  }

  @Test
  void aRememberedTransactionIsForgottenInTime() throws Exception {
    write(LOBBY, put("a", "1"));

    List<String> transactions = server().ask(redis -> redis.keys("*:t:*"));

    assertThat(transactions).hasSize(1);
    assertThat(server().count(redis -> redis.pttl(transactions.get(0)))).isBetween(1L, 120_000L);
  }

  @Test
  void anIndexGoesWithTheLastOfItsKeys() throws Exception {
    write(LOBBY, put("a", "1", Duration.ofMinutes(1)), put("b", "1", Duration.ofHours(1)));
    String index = ROOM + "i";

    assertThat(server().count(redis -> redis.pexpiretime(index)))
        .isEqualTo(server().count(redis -> redis.pexpiretime(ROOM + "k:b")));
    assertThat(server().count(redis -> redis.pexpiretime(ROOM + "b")))
        .isEqualTo(server().count(redis -> redis.pexpiretime(index)));
    write(LOBBY, put("c", "1"));
    assertThat(server().count(redis -> redis.pexpiretime(index))).isEqualTo(-1);
    write(LOBBY, new KvWrite.Delete("a"), new KvWrite.Delete("b"), new KvWrite.Delete("c"));
    assertThat(server().count(redis -> redis.exists(index, ROOM + "b"))).isZero();
  }

  @Test
  void anUpdateLeavesTheIndexTheTimeOfItsKey() throws Exception {
    write(LOBBY, put("a", "1", Duration.ofMinutes(1)));
    long expires = server().count(redis -> redis.pexpiretime(ROOM + "k:a"));

    write(LOBBY, update("a", "2", Duration.ofHours(1)));

    assertThat(server().count(redis -> redis.pexpiretime(ROOM + "k:a")))
        .isEqualTo(expires)
        .isEqualTo(server().count(redis -> redis.pexpiretime(ROOM + "i")));
  }

  @Test
  void aRoomThatIsFullMayChangeAndDeleteButNotGrow() throws Exception {
    KvWrite[] all = new KvWrite[FEW_KEYS];
    for (int i = 0; i < FEW_KEYS; i++) {
      all[i] = put("key-" + i, "1");
    }
    write(LOBBY, all);

    assertFails(
        StoreException.Kind.QUOTA,
        () -> write(LOBBY, put("key-0", "2"), put("one more", "1")),
        "chat/lobby",
        "keysPerRoom");
    assertThat(read(LOBBY, "key-0", "one more")).isEqualTo(Map.of("key-0", Bytes.utf8("1")));

    assertThat(write(LOBBY, put("key-0", "2"))).isEqualTo(CommitResult.committed());
    assertThat(write(LOBBY, new KvWrite.Delete("key-1"), put("one more", "1")))
        .isEqualTo(CommitResult.committed());
    assertThat(write(RoomAddress.of("chat", "another"), all)).isEqualTo(CommitResult.committed());
  }

  @Test
  void whatAnotherServerCommitsCountsForTheServiceAMomentLater() throws Exception {
    KvStore other = another();
    KvQuota quota = new KvQuota(Long.MAX_VALUE, 3 * KvQuota.bytesOf("a", Bytes.utf8("1")));
    write(LOBBY, quota, put("a", "1"));
    KvTransaction two =
        new KvTransaction("two", Map.of(), List.of(put("a", "1"), put("b", "1")), quota);

    await(other.commit(RoomAddress.of("chat", "garden"), two));

    awaitHeadroom(0, quota);
    assertFails(
        StoreException.Kind.QUOTA,
        () -> write(RoomAddress.of("chat", "attic"), quota, put("a", "1")),
        "chat/attic",
        "limits.kvServiceBytes");
    KvTransaction gone =
        new KvTransaction("gone", Map.of(), List.of(new KvWrite.Delete("a")), quota);
    await(other.commit(RoomAddress.of("chat", "garden"), gone));
    awaitHeadroom(KvQuota.bytesOf("a", Bytes.utf8("1")), quota);
  }

  @Test
  void aServerThatStopsHasToldWhatItsRoomsHold() throws Exception {
    KvStore other = openStore();
    KvQuota quota = new KvQuota(Long.MAX_VALUE, 10_000);
    await(
        other.commit(
            RoomAddress.of("chat", "garden"),
            new KvTransaction("one", Map.of(), List.of(put("a", "1")), quota)));

    other.close();

    assertThat(await(store.headroom(LOBBY, quota)).orElseThrow())
        .isEqualTo(10_000 - KvQuota.bytesOf("a", Bytes.utf8("1")));
  }

  @Test
  void whatIsToldLateOfARoomDoesNotCountAfterWhatIsNewer() throws Exception {
    KvStore other = another();
    KvQuota quota = new KvQuota(Long.MAX_VALUE, 10_000);
    for (int i = 0; i < 50; i++) { // each tells of it half a second later, in whichever order
      KvStore one = i % 2 == 0 ? store : other;
      KvWrite write = i % 3 == 2 ? new KvWrite.Delete("a") : put("a", "x".repeat(100 * (i % 7)));
      await(one.commit(LOBBY, new KvTransaction("id-" + i, Map.of(), List.of(write), quota)));
    }
    write(LOBBY, quota, put("a", "x"));

    awaitHeadroom(10_000 - KvQuota.bytesOf("a", Bytes.utf8("x")), quota);
  }

  @Test
  void aServiceWithoutKeysLeavesNothingBehind() throws Exception {
    KvQuota quota = new KvQuota(Long.MAX_VALUE, 10_000);
    write(LOBBY, quota, put("a", "1"));
    awaitHeadroom(10_000 - KvQuota.bytesOf("a", Bytes.utf8("1")), quota);
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(server().count(redis -> redis.pttl("sandbox:{chat}:b"))).isEqualTo(-1));

    write(LOBBY, quota, new KvWrite.Delete("a"));

    awaitHeadroom(10_000, quota);
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(server().count(redis -> redis.pttl("sandbox:{chat}:b")))
                    .isBetween(1L, 120_000L));
    assertThat(server().count(redis -> redis.pttl("sandbox:{chat}:d"))).isBetween(1L, 120_000L);
  }

  @Test
  void theNextOfARoomsKeysToExpireIsKnownToItsService() throws Exception {
    KvQuota quota = new KvQuota(Long.MAX_VALUE, 10_000);
    write(LOBBY, quota, put("a", "1", Duration.ofMinutes(2)), put("b", "1", Duration.ofMinutes(1)));
    long expires = server().count(redis -> redis.pexpiretime(ROOM + "k:b"));

    Awaitility.await()
        .untilAsserted(
            () -> {
              Double due = server().ask(redis -> redis.zscore("sandbox:{chat}:d", "lobby"));
              assertThat(due).isEqualTo((double) expires);
            });
  }

  private void awaitHeadroom(long bytes, KvQuota quota) {
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(await(store.headroom(LOBBY, quota)).orElseThrow()).isEqualTo(bytes));
  }

  @Test
  void keysThatExpiredMakeRoomForOthers() throws Exception {
    KvWrite[] all = new KvWrite[FEW_KEYS];
    for (int i = 0; i < FEW_KEYS; i++) {
      all[i] = put("key-" + i, "1", Duration.ofMillis(1));
    }
    write(LOBBY, all);
    while (!read(LOBBY, "key-0").isEmpty()) {
      passTime(Duration.ofMillis(5));
    }

    assertThat(write(LOBBY, put("a", "1"), put("b", "1"))).isEqualTo(CommitResult.committed());
    assertThat(server().count(redis -> redis.zcard(ROOM + "i"))).isEqualTo(2);
  }

  @Test
  void aKeyOfAnotherTypeIsNamedAndNothingIsWritten() throws Exception {
    server().ask(redis -> redis.rpush(ROOM + "k:a", "x"));
    Map<String, Optional<Bytes>> reads = Map.of("a", Optional.empty());

    assertRefused(() -> commit(LOBBY, reads, put("b", "1")), "chat/lobby", ROOM + "k:a");
    assertThat(read(LOBBY, "b")).isEmpty();
  }

  @Test
  void anIndexOfAnotherTypeIsNamedAndNothingIsWritten() throws Exception {
    server().ask(redis -> redis.set(ROOM + "i", "x"));

    assertRefused(() -> write(LOBBY, put("b", "1")), "chat/lobby", "WRONGTYPE");
    assertThat(read(LOBBY, "b")).isEmpty();
  }

  @Test
  void theScriptIsSentAgainAfterTheServerForgotIt() throws Exception {
    write(LOBBY, put("a", "1"));
    server().ask(redis -> redis.scriptFlush());

    assertThat(write(LOBBY, put("a", "2"))).isEqualTo(CommitResult.committed());
    assertThat(read(LOBBY, "a")).isEqualTo(Map.of("a", Bytes.utf8("2")));
  }

  @Test
  void aCommitThatComesTwiceAtOnceIsAppliedOnce() throws Exception {
    Set<CommitResult> results = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      KvTransaction transaction = transaction(Map.of("a" + i, Optional.empty()), put("a" + i, "1"));
      var first = store.commit(LOBBY, transaction);
      var second = store.commit(LOBBY, transaction);
      results.add(await(first));
      results.add(await(second));
    }

    assertThat(results).containsExactly(CommitResult.committed());
  }

  private static void assertRefused(ThrowingCallable call, String... named) {
    assertFails(StoreException.Kind.REFUSED, call, named);
  }

  private static void assertFails(
      StoreException.Kind kind, ThrowingCallable call, String... named) {
    assertThatThrownBy(call)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContainingAll(named);
  }
}
