package org.cloudramp.sandbox.core.writebehind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.cloudramp.sandbox.testkit.kv.ManualClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WriteBehindTest {
  private static final RoomAddress LOBBY =
      new RoomAddress(new ServiceId("chat"), new RoomId("lobby"));
  private static final RoomAddress OTHER =
      new RoomAddress(new ServiceId("chat"), new RoomId("other"));
  private static final Duration NEVER = Duration.ofDays(1);
  private static final Duration SOON = Duration.ofMillis(5);

  private final ManualClock clock = new ManualClock();
  private final Behind store = new Behind(clock);
  private final List<WriteBehind> opened = new ArrayList<>();

  @AfterEach
  void close() {
    store.release();
    opened.forEach(WriteBehind::close);
  }

  private WriteBehind behind(Duration delay) {
    return behind(delay, 1 << 20, Duration.ofSeconds(30));
  }

  private WriteBehind behind(Duration delay, long bytes, Duration patience) {
    WriteBehind behind =
        new WriteBehind(store, new WriteBehind.Policy(delay, bytes), clock, patience);
    opened.add(behind);
    return behind;
  }

  @Test
  void aCommitIsConfirmedBeforeTheStoreHasItAndReadAtOnce() throws Exception {
    WriteBehind behind = behind(NEVER);
    put(store, LOBBY, "old", "1");
    put(store, LOBBY, "gone", "1");

    assertThat(put(behind, LOBBY, "new", "2")).isEqualTo(CommitResult.committed());
    write(behind, LOBBY, new KvWrite.Delete("gone"));

    assertThat(read(behind, LOBBY, "old", "new", "gone", "never-was"))
        .isEqualTo(Map.of("old", Bytes.utf8("1"), "new", Bytes.utf8("2")));
    assertThat(read(behind, OTHER, "new")).isEmpty();
    assertThat(read(store, LOBBY, "new", "gone")).containsOnlyKeys("gone");
  }

  @Test
  void whatWasWrittenReachesTheStoreByItself() throws Exception {
    WriteBehind behind = behind(SOON);

    put(behind, LOBBY, "a", "1");
    put(behind, OTHER, "a", "2");

    await().untilAsserted(() -> assertThat(behind.waiting()).isZero());
    assertThat(read(store, LOBBY, "a")).isEqualTo(Map.of("a", Bytes.utf8("1")));
    assertThat(read(store, OTHER, "a")).isEqualTo(Map.of("a", Bytes.utf8("2")));
  }

  @Test
  void severalCommitsOfARoomLeaveTogetherAndTheLastOfAKeyCounts() throws Exception {
    WriteBehind behind = behind(NEVER);
    for (int i = 0; i < 100; i++) {
      put(behind, LOBBY, "count", String.valueOf(i));
      put(behind, LOBBY, "key-" + i % 10, String.valueOf(i));
    }

    behind.close();

    assertThat(store.transactions).hasSize(1);
    assertThat(store.transactions.get(0).writes()).hasSize(11);
    assertThat(read(store, LOBBY, "count", "key-9"))
        .isEqualTo(Map.of("count", Bytes.utf8("99"), "key-9", Bytes.utf8("99")));
  }

  @Test
  void theStoreNeverHoldsHalfOfACommitNorAnOlderOneAfterANewerOne() throws Exception {
    WriteBehind behind = behind(Duration.ZERO);
    int last = 300;
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 1; i <= last; i++) {
                String value = String.valueOf(i);
                write(
                    behind,
                    LOBBY,
                    new KvWrite.Put("a", Bytes.utf8(value), Optional.empty()),
                    new KvWrite.Put("b", Bytes.utf8(value), Optional.empty()));
              }
            });

    int seen = 0;
    while (seen < last) {
      Map<String, Bytes> held = read(store, LOBBY, "a", "b");
      assertThat(held.get("a")).isEqualTo(held.get("b"));
      int now = Integer.parseInt(held.getOrDefault("a", Bytes.utf8("0")).utf8());
      assertThat(now).isGreaterThanOrEqualTo(seen);
      seen = now;
    }
    writer.get();
  }

  @Test
  void whatIsOnItsWayIsStillReadHere() throws Exception {
    WriteBehind behind = behind(SOON);
    store.holdBack = true;
    put(behind, LOBBY, "a", "1");
    await().until(() -> store.transactions.size() == 1);

    put(behind, LOBBY, "b", "2");

    assertThat(read(behind, LOBBY, "a", "b"))
        .isEqualTo(Map.of("a", Bytes.utf8("1"), "b", Bytes.utf8("2")));
  }

  @Test
  void aStoreThatIsAwayGetsTheSameBatchUnderTheSameIdUntilItTakesIt() throws Exception {
    WriteBehind behind = behind(SOON);
    store.failWith = Optional.of(StoreException.Kind.TIMEOUT);
    put(behind, LOBBY, "a", "1");
    await().until(() -> store.transactions.size() >= 3);
    put(behind, LOBBY, "a", "2"); // does not overtake the first

    store.failWith = Optional.empty();

    await().untilAsserted(() -> assertThat(behind.waiting()).isZero());
    assertThat(read(store, LOBBY, "a")).isEqualTo(Map.of("a", Bytes.utf8("2")));
    assertThat(store.transactions.stream().map(KvTransaction::id).distinct()).hasSize(2);
  }

  @Test
  void whatTheStoreRefusesForGoodIsGivenUpAndDoesNotHoldUpTheRest() throws Exception {
    WriteBehind behind = behind(SOON);
    store.failWith = Optional.of(StoreException.Kind.REFUSED);
    put(behind, LOBBY, "a", "1");
    await().untilAsserted(() -> assertThat(behind.waiting()).isZero());
    store.failWith = Optional.empty();

    put(behind, LOBBY, "b", "1");

    await().untilAsserted(() -> assertThat(behind.waiting()).isZero());
    assertThat(read(store, LOBBY, "a", "b")).containsOnlyKeys("b");
  }

  @Test
  void aBufferThatIsFullRefusesAndTakesAgainWhenTheStoreDoes() throws Exception {
    WriteBehind behind = behind(SOON, 2_000, Duration.ofSeconds(30));
    store.failWith = Optional.of(StoreException.Kind.UNAVAILABLE);
    put(behind, LOBBY, "a", "x".repeat(1_500));

    assertThatThrownBy(() -> put(behind, OTHER, "b", "x".repeat(1_500)))
        .hasCauseInstanceOf(StoreException.class)
        .hasMessageContaining("writeBehind.bytes")
        .hasMessageContaining("chat/other");
    assertThat(read(behind, OTHER, "b")).isEmpty();
    assertThat(behind.waiting()).isLessThan(2_000);

    store.failWith = Optional.empty();
    await().untilAsserted(() -> assertThat(behind.waiting()).isZero());
    assertThat(put(behind, OTHER, "b", "x".repeat(1_500))).isEqualTo(CommitResult.committed());
  }

  @Test
  void aKeyLivesItsTimeFromWhenItWasWritten() throws Exception {
    WriteBehind behind = behind(NEVER);
    write(
        behind,
        LOBBY,
        new KvWrite.Put("short", Bytes.utf8("1"), Optional.of(Duration.ofSeconds(10))),
        new KvWrite.Put("long", Bytes.utf8("1"), Optional.of(Duration.ofSeconds(60))),
        new KvWrite.Put(
            "longest", Bytes.utf8("1"), Optional.of(Duration.ofSeconds(Long.MAX_VALUE))));

    clock.advance(Duration.ofSeconds(30));
    assertThat(read(behind, LOBBY, "short", "long", "longest")).containsOnlyKeys("long", "longest");
    behind.close();

    assertThat(read(store, LOBBY, "short", "long", "longest")).containsOnlyKeys("long", "longest");
    clock.advance(Duration.ofSeconds(31));
    assertThat(read(store, LOBBY, "long", "longest")).containsOnlyKeys("longest");
  }

  @Test
  void anUpdateKeepsTheTimeThatTheKeyHasInTheStore() throws Exception {
    WriteBehind behind = behind(NEVER);
    write(store, LOBBY, new KvWrite.Put("n", Bytes.utf8("1"), Optional.of(Duration.ofSeconds(10))));
    clock.advance(Duration.ofSeconds(6));

    write(behind, LOBBY, update("n", "2", Duration.ofSeconds(10)));
    write(behind, LOBBY, update("n", "3", Duration.ofSeconds(10)));
    assertThat(read(behind, LOBBY, "n")).isEqualTo(Map.of("n", Bytes.utf8("3")));
    behind.close();

    assertThat(read(store, LOBBY, "n")).isEqualTo(Map.of("n", Bytes.utf8("3")));
    clock.advance(Duration.ofSeconds(5));
    assertThat(read(store, LOBBY, "n")).isEmpty();
  }

  @Test
  void anUpdateKeepsTheTimeOfAWriteThatIsStillHere() throws Exception {
    WriteBehind behind = behind(NEVER);
    write(
        behind, LOBBY, new KvWrite.Put("n", Bytes.utf8("1"), Optional.of(Duration.ofSeconds(10))));
    clock.advance(Duration.ofSeconds(6));
    write(behind, LOBBY, update("n", "2", Duration.ofSeconds(10)));
    clock.advance(Duration.ofSeconds(5));
    assertThat(read(behind, LOBBY, "n")).isEmpty();

    write(behind, LOBBY, update("n", "1", Duration.ofSeconds(10)));
    clock.advance(Duration.ofSeconds(9));
    assertThat(read(behind, LOBBY, "n")).isEqualTo(Map.of("n", Bytes.utf8("1")));
    behind.close();

    assertThat(read(store, LOBBY, "n")).isEqualTo(Map.of("n", Bytes.utf8("1")));
    clock.advance(Duration.ofSeconds(2));
    assertThat(read(store, LOBBY, "n")).isEmpty();
  }

  @Test
  void anUpdateWaitsForAStoreThatIsAwayNoLongerThanItsTime() throws Exception {
    WriteBehind behind = behind(NEVER);
    write(behind, LOBBY, update("n", "5", Duration.ofSeconds(10)));

    clock.advance(Duration.ofSeconds(10));

    assertThat(read(behind, LOBBY, "n")).isEmpty();
  }

  @Test
  void aCommitThatMightNotFitEndsAsTheStoreSaysAfterThoseThatWait() throws Exception {
    WriteBehind behind = behind(NEVER);
    KvQuota quota = quotaFor(1_500);
    put(behind, quota, "a", 1_000);
    assertThat(read(store, LOBBY, "a")).isEmpty();

    assertThatThrownBy(() -> put(behind, quota, "b", 501 - KvQuota.BYTES_PER_KEY))
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.QUOTA))
        .hasMessageContaining("limits.kvRoomBytes");

    assertThat(read(store, LOBBY, "a", "b")).containsOnlyKeys("a");
    assertThat(read(behind, LOBBY, "a", "b")).containsOnlyKeys("a");
    assertThat(behind.waiting()).isZero();
  }

  @Test
  void aCommitThatReplacesAValueOfAFullRoomIsTaken() throws Exception {
    WriteBehind behind = behind(NEVER);
    KvQuota quota = quotaFor(1_000);
    put(behind, quota, "a", 1_000);

    put(behind, quota, "a", 999);
    put(behind, quota, "a", 1_000);

    assertThat(read(behind, LOBBY, "a")).isEqualTo(Map.of("a", Bytes.adopt(new byte[1_000])));
  }

  @Test
  void whatIsConfirmedIsNeverLostForTheQuotaHoweverItIsWritten() throws Exception {
    WriteBehind behind = behind(Duration.ofMillis(1));
    KvQuota quota = new KvQuota(20_000, 30_000);
    Random random = new Random(7);
    Map<RoomAddress, Map<String, Bytes>> confirmed = new HashMap<>();
    int refused = 0;
    for (int i = 0; i < 2_000; i++) {
      RoomAddress address = random.nextBoolean() ? LOBBY : OTHER;
      String key = "key-" + random.nextInt(30);
      Bytes value = Bytes.adopt(new byte[random.nextInt(2_000)]);
      boolean isDelete = random.nextInt(5) == 0;
      KvWrite write =
          isDelete ? new KvWrite.Delete(key) : new KvWrite.Put(key, value, Optional.empty());
      try {
        commit(behind, address, quota, write);
        Map<String, Bytes> room = confirmed.computeIfAbsent(address, absent -> new HashMap<>());
        if (isDelete) {
          room.remove(key);
        } else {
          room.put(key, value);
        }
      } catch (ExecutionException e) {
        refused++;
      }
    }
    behind.close();

    assertThat(refused).isBetween(100, 1_900);
    for (RoomAddress address : List.of(LOBBY, OTHER)) {
      String[] keys = IntStream.range(0, 30).mapToObj(i -> "key-" + i).toArray(String[]::new);
      assertThat(read(store, address, keys)).isEqualTo(confirmed.get(address));
    }
  }

  @Test
  void nothingOvertakesACommitThatGoesToTheStore() throws Exception {
    WriteBehind behind = behind(SOON);
    KvQuota quota = quotaFor(1_000);
    put(behind, quota, "a", 1_000);
    store.holdBack = true;
    CompletableFuture<CommitResult> through =
        behind.commit(LOBBY, transaction(quota, putOf("a", 900))).toCompletableFuture();
    await().until(() -> store.held.size() == 1);

    assertThatThrownBy(() -> commit(behind, LOBBY, quota, putOf("a", 1)))
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
        .hasMessageContaining("chat/lobby");
    assertThat(through).isNotDone();
    store.holdBack = false;
    while (!through.isDone()) {
      store.release();
    }

    assertThat(read(behind, LOBBY, "a")).isEqualTo(Map.of("a", Bytes.adopt(new byte[900])));
    put(behind, quota, "a", 1);
    assertThat(read(behind, LOBBY, "a")).isEqualTo(Map.of("a", Bytes.adopt(new byte[1])));
  }

  @Test
  void writesWaitForAStoreThatDoesNotSayHowMuchItTakes() throws Exception {
    WriteBehind behind = behind(NEVER);
    store.isAway = true;

    put(behind, quotaFor(1_000), "a", 100);

    assertThat(behind.waiting()).isPositive();
  }

  @Test
  void entriesForALogAreRefusedForTheyWouldBeToldBeforeTheirWritesAreThere() throws Exception {
    WriteBehind behind = behind(NEVER);
    KvTransaction speaking =
        KvTransaction.builder("one")
            .writes(List.of(putOf("a", 1)))
            .appends(List.of(Bytes.utf8("hello")))
            .build();

    assertThat(behind.log()).isEmpty();
    assertThatThrownBy(() -> behind.commit(LOBBY, speaking).toCompletableFuture().get())
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
        .hasMessageContaining("chat/lobby");
    assertThat(behind.waiting()).isZero();
  }

  /** A quota for one key of one character with a value of so many bytes. */
  private static KvQuota quotaFor(int value) {
    long bytes = KvQuota.bytesOf("a", Bytes.adopt(new byte[value]));
    return new KvQuota(bytes, Long.MAX_VALUE);
  }

  private static KvWrite putOf(String key, int size) {
    return new KvWrite.Put(key, Bytes.adopt(new byte[size]), Optional.empty());
  }

  private static void put(KvStore to, KvQuota quota, String key, int size) throws Exception {
    commit(to, LOBBY, quota, putOf(key, size));
  }

  private static void commit(KvStore to, RoomAddress address, KvQuota quota, KvWrite write)
      throws Exception {
    assertThat(
            to.commit(address, transaction(quota, write))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS))
        .isEqualTo(CommitResult.committed());
  }

  private static KvTransaction transaction(KvQuota quota, KvWrite write) {
    return new KvTransaction(UUID.randomUUID().toString(), Map.of(), List.of(write), quota);
  }

  @Test
  void toCloseSendsWhatWaitsAndTakesNoMore() throws Exception {
    WriteBehind behind = behind(NEVER);
    for (int i = 0; i < 50; i++) {
      put(behind, new RoomAddress(LOBBY.service(), new RoomId("room-" + i)), "a", "1");
    }

    behind.close();
    behind.close();

    assertThat(behind.waiting()).isZero();
    assertThat(store.transactions).hasSize(50);
    assertThatThrownBy(() -> put(behind, LOBBY, "a", "1")).hasCauseInstanceOf(StoreException.class);
  }

  @Test
  void toCloseDoesNotLetALaterCommitOvertakeTheOneOnItsWay() throws Exception {
    WriteBehind behind = behind(SOON);
    store.holdBack = true;
    put(behind, LOBBY, "a", "1");
    await().until(() -> store.transactions.size() == 1);
    put(behind, LOBBY, "a", "2");

    CompletableFuture<Void> closing = CompletableFuture.runAsync(behind::close);
    await()
        .during(Duration.ofMillis(100))
        .untilAsserted(() -> assertThat(store.transactions).hasSize(1));
    store.release();

    closing.get(10, TimeUnit.SECONDS);
    assertThat(read(store, LOBBY, "a")).isEqualTo(Map.of("a", Bytes.utf8("2")));
  }

  @Test
  void toCloseDoesNotWaitForEverForAStoreThatIsAway() throws Exception {
    WriteBehind behind = behind(NEVER, 1 << 20, Duration.ofMillis(200));
    store.holdBack = true;
    put(behind, LOBBY, "a", "1");

    behind.close();

    assertThat(behind.waiting()).isPositive();
  }

  private static KvWrite update(String key, String value, Duration timeToLive) {
    return new KvWrite.Update(key, Bytes.utf8(value), Optional.of(timeToLive));
  }

  private static CommitResult put(KvStore to, RoomAddress address, String key, String value)
      throws Exception {
    return to.commit(
            address,
            new KvTransaction(
                UUID.randomUUID().toString(),
                Map.of(),
                List.of(new KvWrite.Put(key, Bytes.utf8(value), Optional.empty()))))
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private static void write(KvStore to, RoomAddress address, KvWrite... writes) {
    assertThat(
            to.commit(
                    address,
                    new KvTransaction(UUID.randomUUID().toString(), Map.of(), List.of(writes)))
                .toCompletableFuture()
                .join())
        .isEqualTo(CommitResult.committed());
  }

  private static Map<String, Bytes> read(KvStore from, RoomAddress address, String... keys)
      throws InterruptedException, ExecutionException {
    return from.read(address, List.of(keys)).toCompletableFuture().get();
  }

  /** The store in memory, which can be away, and remembers what it was asked for. */
  private static final class Behind implements KvStore {
    private final MemoryKvStore memory = new MemoryKvStore();
    private final List<KvTransaction> transactions = new CopyOnWriteArrayList<>();
    private volatile Optional<StoreException.Kind> failWith = Optional.empty();
    private volatile boolean holdBack;
    private volatile boolean isAway;
    private final List<Runnable> held = new CopyOnWriteArrayList<>();

    Behind(Clock clock) {
      memory.start(PluginContext.of(PluginContext.empty().settings(), clock));
    }

    /** Carries out what was held back. */
    void release() {
      holdBack = false;
      held.forEach(Runnable::run);
    }

    @Override
    public String name() {
      return "behind";
    }

    @Override
    public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
      return memory.read(address, keys);
    }

    @Override
    public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
      transactions.add(transaction);
      if (holdBack) {
        CompletableFuture<CommitResult> later = new CompletableFuture<>();
        held.add(
            () -> later.complete(memory.commit(address, transaction).toCompletableFuture().join()));
        return later;
      }
      return failWith
          .<CompletionStage<CommitResult>>map(
              kind -> CompletableFuture.failedFuture(new StoreException(kind, "away")))
          .orElseGet(() -> memory.commit(address, transaction));
    }

    @Override
    public CompletionStage<OptionalLong> headroom(RoomAddress address, KvQuota quota) {
      return isAway
          ? CompletableFuture.failedFuture(
              new StoreException(StoreException.Kind.UNAVAILABLE, "away"))
          : memory.headroom(address, quota);
    }

    @Override
    public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
      return memory.reserve(address, id, time);
    }
  }
}
