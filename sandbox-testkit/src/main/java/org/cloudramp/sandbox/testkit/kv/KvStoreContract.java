package org.cloudramp.sandbox.testkit.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link KvStore} must do. To test a store, extend this class; make an empty place for
 * keys before each test.
 */
public abstract class KvStoreContract {
  /** The room most tests work with. */
  protected static final RoomAddress LOBBY = RoomAddress.of("chat", "lobby");

  private static final Duration HOUR = Duration.ofHours(1);
  private static final int THREADS = 8;
  private static final int INCREMENTS = 50;
  private static final int MAX_VALUE = 64 << 10;
  private static final int MIN_HOSTILE_KEYS = 100;
  private static final long SERVICE_QUOTA = 4 << 20;

  private final List<KvStore> opened = new ArrayList<>();

  /** The store under test, started, over the place of this test. */
  @SuppressWarnings("NullAway.Init")
  protected KvStore store;

  /**
   * A new, started store over this test's place, which is empty at first. Called several times in a
   * test to stand for several processes, if stores can share a place. The contract closes it.
   */
  protected abstract KvStore openStore() throws Exception;

  /** Whether several stores see the same keys; otherwise the contract tests with one. */
  protected boolean isShared() {
    return true;
  }

  /**
   * Whether the store keeps the {@linkplain KvTransaction#quota quotas} of transactions; a store
   * that does not is one that any guest can fill.
   */
  protected boolean countsBytes() {
    return true;
  }

  /** Lets time go by for the store: moves its clock, or waits if it goes by a real one. */
  protected abstract void passTime(Duration duration) throws Exception;

  /** Another process: a further store over the same place; the same one if none are shared. */
  protected final KvStore another() throws Exception {
    if (!isShared() && !opened.isEmpty()) {
      return opened.get(0);
    }
    KvStore another = openStore();
    opened.add(another);
    return another;
  }

  @BeforeEach
  final void openTheStore() throws Exception {
    store = another();
  }

  @AfterEach
  final void closeTheStores() {
    opened.forEach(KvStore::close);
  }

  @Test
  void aNameFitsIntoTheSettings() {
    assertThat(store.name()).matches("[a-z][a-zA-Z0-9]{0,31}");
  }

  @Test
  void anEmptyRoomHoldsNothing() throws Exception {
    assertThat(read(LOBBY, "a", "b")).isEmpty();
    assertThat(read(LOBBY)).isEmpty();
  }

  @Test
  void whatIsPutIsRead() throws Exception {
    assertThat(write(LOBBY, put("a", "1"), put("b", "2"))).isEqualTo(CommitResult.committed());

    assertThat(read(LOBBY, "a", "b", "c"))
        .isEqualTo(Map.of("a", Bytes.utf8("1"), "b", Bytes.utf8("2")));
  }

  @Test
  void aKeyMayBeAskedForTwice() throws Exception {
    write(LOBBY, put("a", "1"));

    assertThat(read(LOBBY, "a", "a")).isEqualTo(Map.of("a", Bytes.utf8("1")));
  }

  @Test
  void valuesAreAnyBytes() throws Exception {
    byte[] all = new byte[MAX_VALUE];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }

    write(LOBBY, put("all", Bytes.copyOf(all)), put("empty", Bytes.empty()));

    assertThat(read(LOBBY, "all", "empty"))
        .isEqualTo(Map.of("all", Bytes.copyOf(all), "empty", Bytes.empty()));
  }

  @Test
  void toPutReplacesAndToDeleteRemoves() throws Exception {
    write(LOBBY, put("a", "1"), put("b", "1"));

    write(LOBBY, put("a", "2"), new KvWrite.Delete("b"), new KvWrite.Delete("never-was"));

    assertThat(read(LOBBY, "a", "b", "never-was")).isEqualTo(Map.of("a", Bytes.utf8("2")));
  }

  @Test
  void aTransactionWithoutReadsAndWritesCommits() throws Exception {
    assertThat(write(LOBBY)).isEqualTo(CommitResult.committed());
  }

  @Test
  void writesHappenIfEveryReadStillHolds() throws Exception {
    write(LOBBY, put("a", "1"), put("empty", ""));

    CommitResult result =
        commit(
            LOBBY,
            Map.of(
                "a",
                Optional.of(Bytes.utf8("1")),
                "empty",
                Optional.of(Bytes.empty()),
                "absent",
                Optional.empty()),
            put("a", "2"),
            put("absent", "3"));

    assertThat(result).isEqualTo(CommitResult.committed());
    assertThat(read(LOBBY, "a", "absent"))
        .isEqualTo(Map.of("a", Bytes.utf8("2"), "absent", Bytes.utf8("3")));
  }

  @Test
  void nothingHappensIfAReadKeyChanged() throws Exception {
    write(LOBBY, put("a", "1"), put("b", "1"), put("empty", ""));
    Map<String, Bytes> before = read(LOBBY, "a", "b", "empty", "c");

    Map<String, Optional<Bytes>> held = Map.of("a", Optional.of(Bytes.utf8("1")));
    List<Map<String, Optional<Bytes>>> changed =
        List.of(
            Map.of("b", Optional.of(Bytes.utf8("2"))),
            Map.of("b", Optional.empty()),
            Map.of("b", Optional.of(Bytes.empty())),
            Map.of("c", Optional.of(Bytes.utf8("1"))),
            Map.of("c", Optional.of(Bytes.empty())),
            Map.of("empty", Optional.empty()));
    for (Map<String, Optional<Bytes>> one : changed) {
      Map<String, Optional<Bytes>> reads = new LinkedHashMap<>(held);
      reads.putAll(one);
      assertThat(commit(LOBBY, reads, put("a", "9"), new KvWrite.Delete("b"), put("c", "9")))
          .as("read %s", one)
          .isEqualTo(CommitResult.conflict());
    }

    assertThat(read(LOBBY, "a", "b", "empty", "c")).isEqualTo(before);
  }

  @Test
  void aTransactionThatOnlyReadsIsCheckedToo() throws Exception {
    write(LOBBY, put("a", "1"));

    assertThat(commit(LOBBY, Map.of("a", Optional.of(Bytes.utf8("1")))))
        .isEqualTo(CommitResult.committed());
    assertThat(commit(LOBBY, Map.of("a", Optional.of(Bytes.utf8("2")))))
        .isEqualTo(CommitResult.conflict());
  }

  @Test
  void aTransactionThatComesTwiceIsAppliedOnce() throws Exception {
    KvTransaction first =
        new KvTransaction(
            "first-" + UUID.randomUUID(), Map.of("a", Optional.empty()), List.of(put("a", "1")));
    assertThat(await(store.commit(LOBBY, first))).isEqualTo(CommitResult.committed());

    // What it read no longer holds, by its own write: still the answer is what became of it.
    assertThat(await(another().commit(LOBBY, first))).isEqualTo(CommitResult.committed());

    write(LOBBY, put("a", "2"));
    assertThat(await(store.commit(LOBBY, first))).isEqualTo(CommitResult.committed());
    assertThat(read(LOBBY, "a")).isEqualTo(Map.of("a", Bytes.utf8("2")));
  }

  @Test
  void aKeyLivesItsTimeAndNoLonger() throws Exception {
    write(LOBBY, put("long", "1", HOUR), put("short", "1", Duration.ofMillis(50)));

    waitUntilGone("short");

    assertThat(read(LOBBY, "long", "short")).containsOnlyKeys("long");
    assertThat(commit(LOBBY, Map.of("short", Optional.empty()), put("short", "2")))
        .isEqualTo(CommitResult.committed());
  }

  @Test
  void anExpiredKeyHoldsNothingForATransaction() throws Exception {
    write(LOBBY, put("short", "1", Duration.ofMillis(50)));
    waitUntilGone("short");

    assertThat(commit(LOBBY, Map.of("short", Optional.of(Bytes.utf8("1"))), put("short", "2")))
        .isEqualTo(CommitResult.conflict());
  }

  @Test
  void toPutAgainReplacesTheTimeToLive() throws Exception {
    write(
        LOBBY,
        put("for-ever", "1", Duration.ofMillis(50)),
        put("longer", "1", Duration.ofMillis(50)),
        put("deleted", "1", Duration.ofMillis(50)),
        put("witness", "1", Duration.ofMillis(50)));
    write(LOBBY, put("for-ever", "2"), put("longer", "2", HOUR), new KvWrite.Delete("deleted"));
    write(LOBBY, put("deleted", "2"));

    waitUntilGone("witness");

    assertThat(read(LOBBY, "for-ever", "longer", "deleted", "witness"))
        .containsOnlyKeys("for-ever", "longer", "deleted");
  }

  @Test
  void anUpdateSetsAKeyAndLeavesItTheTimeThatItHas() throws Exception {
    write(
        LOBBY,
        put("short", "1", Duration.ofMillis(50)),
        put("long", "1", HOUR),
        put("for-ever", "1"),
        put("witness", "1", Duration.ofMillis(50)));

    write(
        LOBBY,
        update("short", "2", HOUR),
        update("long", "2", Duration.ofMillis(1)),
        new KvWrite.Update("for-ever", Bytes.utf8("2"), Optional.of(Duration.ofMillis(1))));
    waitUntilGone("witness");
    waitUntilGone("short");

    assertThat(read(LOBBY, "short", "long", "for-ever"))
        .isEqualTo(Map.of("long", Bytes.utf8("2"), "for-ever", Bytes.utf8("2")));
  }

  @Test
  void anUpdateOfAKeyThatIsAbsentMakesItWithItsOwnTime() throws Exception {
    write(
        LOBBY,
        update("short", "1", Duration.ofMillis(50)),
        update("long", "1", HOUR),
        new KvWrite.Update("for-ever", Bytes.utf8("1"), Optional.empty()));
    waitUntilGone("short");

    assertThat(write(LOBBY, update("short", "2", HOUR))).isEqualTo(CommitResult.committed());
    assertThat(read(LOBBY, "short", "long", "for-ever"))
        .isEqualTo(
            Map.of(
                "short", Bytes.utf8("2"),
                "long", Bytes.utf8("1"),
                "for-ever", Bytes.utf8("1")));
  }

  @Test
  void theShortestAndTheLongestTimeToLiveAreAccepted() throws Exception {
    write(
        LOBBY,
        put("nanosecond", "1", Duration.ofNanos(1)),
        put("thousand-years", "1", Duration.ofDays(365_250)),
        put("longest", "1", Duration.ofSeconds(Long.MAX_VALUE)));

    waitUntilGone("nanosecond");

    assertThat(read(LOBBY, "nanosecond", "thousand-years", "longest"))
        .containsOnlyKeys("thousand-years", "longest");
  }

  @Test
  void noScopeReachesTheKeysOfAnotherAndNoKeyIsTakenForAnother() throws Exception {
    List<RoomAddress> rooms =
        List.of(
            RoomAddress.of("chat", "lobby"),
            RoomAddress.of("chat", "lobby2"),
            RoomAddress.of("chat", "lobb"),
            RoomAddress.of("chat", "Lobby"),
            RoomAddress.of("chat", "lobby.x"),
            RoomAddress.of("chat-lobby", "lobby"),
            RoomAddress.of("chat-2", "lobby"),
            RoomAddress.of("c", "hat-lobby"),
            RoomAddress.of("ch", "at"),
            RoomAddress.of("c", "h"));
    List<String> keys = HostileKeys.all(rooms);
    assertThat(HostileKeys.handPicked()).hasSizeGreaterThan(MIN_HOSTILE_KEYS);

    for (RoomAddress address : rooms) {
      for (String key : keys) {
        write(address, put(key, label(address, keys, key)));
      }
    }

    for (RoomAddress address : rooms) {
      Map<String, Bytes> expected = new LinkedHashMap<>();
      keys.forEach(key -> expected.put(key, Bytes.utf8(label(address, keys, key))));
      assertThat(read(address, keys).equals(expected)).as("all of %s", address).isTrue();
    }
    RoomAddress emptied = rooms.get(0);
    for (String key : keys) {
      write(emptied, new KvWrite.Delete(key));
    }
    assertThat(read(emptied, keys)).isEmpty();
    for (RoomAddress address : rooms.subList(1, rooms.size())) {
      assertThat(read(address, keys)).as("still all of %s", address).hasSize(keys.size());
    }
  }

  @Test
  void hostileKeysAreCheckedAndWrittenInOneTransactionToo() throws Exception {
    List<String> keys = HostileKeys.all(List.of(LOBBY));
    Map<String, Optional<Bytes>> absent = new LinkedHashMap<>();
    keys.forEach(key -> absent.put(key, Optional.empty()));
    KvWrite[] writes = keys.stream().map(key -> put(key, "x")).toArray(KvWrite[]::new);

    assertThat(commit(LOBBY, absent, writes)).isEqualTo(CommitResult.committed());
    assertThat(commit(LOBBY, absent, writes)).isEqualTo(CommitResult.conflict());
    assertThat(read(LOBBY, keys)).hasSize(keys.size());
  }

  @Test
  void incrementsFromEverywhereAddUp() throws Exception {
    List<KvStore> stores = List.of(store, another());
    List<Callable<Void>> people = new ArrayList<>();
    for (int p = 0; p < THREADS; p++) {
      KvStore theirs = stores.get(p % 2);
      people.add(
          () -> {
            for (int i = 0; i < INCREMENTS; i++) {
              increment(theirs, "count");
            }
            return null;
          });
    }

    together(people);

    assertThat(read(LOBBY, "count"))
        .isEqualTo(Map.of("count", Bytes.utf8(String.valueOf(THREADS * INCREMENTS))));
  }

  @Test
  void aReservedRoomTakesTheCommitItIsReservedForAndNoOther() throws Exception {
    write(LOBBY, put("a", "1"));
    KvTransaction mine = transaction(Map.of("a", Optional.of(Bytes.utf8("1"))), put("a", "2"));

    assertThat(await(store.reserve(LOBBY, mine.id(), HOUR))).isTrue();

    assertThat(await(another().commit(LOBBY, transaction(Map.of(), put("a", "9")))))
        .isEqualTo(CommitResult.conflict());
    assertThat(read(LOBBY, "a")).isEqualTo(Map.of("a", Bytes.utf8("1")));
    assertThat(write(RoomAddress.of("chat", "another"), put("a", "9")))
        .isEqualTo(CommitResult.committed());
    assertThat(await(store.commit(LOBBY, mine))).isEqualTo(CommitResult.committed());
    assertThat(await(another().commit(LOBBY, transaction(Map.of(), put("a", "3")))))
        .isEqualTo(CommitResult.committed());
    assertThat(read(LOBBY, "a")).isEqualTo(Map.of("a", Bytes.utf8("3")));
  }

  @Test
  void aRoomIsReservedForOneAtATime() throws Exception {
    assertThat(await(store.reserve(LOBBY, "one", HOUR))).isTrue();
    assertThat(await(another().reserve(LOBBY, "two", HOUR))).isFalse();
    assertThat(await(another().reserve(LOBBY, "one", HOUR))).isTrue();

    // Whoever has the room lets go of it, whatever becomes of his commit.
    Map<String, Optional<Bytes>> wrong = Map.of("a", Optional.of(Bytes.utf8("never was")));
    assertThat(await(store.commit(LOBBY, new KvTransaction("one", wrong, List.of()))))
        .isEqualTo(CommitResult.conflict());
    assertThat(await(another().reserve(LOBBY, "two", HOUR))).isTrue();
    assertThat(await(store.commit(LOBBY, new KvTransaction("two", Map.of(), List.of()))))
        .isEqualTo(CommitResult.committed());
    assertThat(write(LOBBY, put("a", "1"))).isEqualTo(CommitResult.committed());
  }

  @Test
  void aReservationEndsByItself() throws Exception {
    await(store.reserve(LOBBY, "one", Duration.ofMillis(50)));
    write(RoomAddress.of("chat", "witness"), put("short", "1", Duration.ofMillis(50)));

    while (!await(store.read(RoomAddress.of("chat", "witness"), List.of("short"))).isEmpty()) {
      passTime(Duration.ofMillis(10));
    }

    assertThat(write(LOBBY, put("a", "1"))).isEqualTo(CommitResult.committed());
    assertThat(await(store.reserve(LOBBY, "two", HOUR))).isTrue();
  }

  @Test
  void aReaderNeverSeesHalfOfATransaction() throws Exception {
    KvStore reader = another();
    AtomicBoolean done = new AtomicBoolean();
    write(LOBBY, put("a", "0"), put("b", "0"));

    List<Callable<Void>> people =
        List.of(
            () -> {
              try {
                for (int i = 1; i <= 300; i++) {
                  write(LOBBY, put("a", String.valueOf(i)), put("b", String.valueOf(i)));
                }
              } finally {
                done.set(true);
              }
              return null;
            },
            () -> {
              while (!done.get()) {
                Map<String, Bytes> seen = await(reader.read(LOBBY, List.of("a", "b")));
                assertThat(seen.get("a")).isEqualTo(seen.get("b")).isNotNull();
              }
              return null;
            });

    together(people);
  }

  @Test
  void aRoomTakesWhatItsQuotaAllowsAndNotOneByteMore() throws Exception {
    assumeTrue(countsBytes());
    KvQuota quota = room(sizeOf("a", 100) + sizeOf("ünï", 50));

    assertThat(write(LOBBY, quota, put("a", bytes(100)), put("ünï", bytes(50))))
        .isEqualTo(CommitResult.committed());

    assertFull(
        () -> write(LOBBY, quota, put("ünï", bytes(51)), put("a", bytes(100))),
        "chat/lobby",
        "limits.kvRoomBytes");
    assertFull(() -> write(LOBBY, quota, put("c", bytes(0))), "chat/lobby", "limits.kvRoomBytes");
    assertThat(read(LOBBY, "a", "ünï", "c")).isEqualTo(Map.of("a", bytes(100), "ünï", bytes(50)));
    assertThat(write(RoomAddress.of("chat", "another"), quota, put("c", bytes(100))))
        .isEqualTo(CommitResult.committed());
  }

  @Test
  void toDeleteAndToReplaceBySomethingSmallerGivesBytesBack() throws Exception {
    assumeTrue(countsBytes());
    KvQuota quota = room(2 * sizeOf("a", 100));
    write(LOBBY, quota, put("a", bytes(100)), put("b", bytes(100)));

    assertThat(write(LOBBY, quota, new KvWrite.Delete("a"), put("c", bytes(100))))
        .isEqualTo(CommitResult.committed());
    assertThat(write(LOBBY, quota, put("c", bytes(40)))).isEqualTo(CommitResult.committed());
    assertThat(write(LOBBY, quota, put("b", bytes(160)))).isEqualTo(CommitResult.committed());
    assertFull(() -> write(LOBBY, quota, put("b", bytes(161))), "limits.kvRoomBytes");
    assertThat(write(LOBBY, quota, new KvWrite.Delete("b"), new KvWrite.Delete("c")))
        .isEqualTo(CommitResult.committed());
    assertThat(counted(LOBBY)).isZero();
  }

  @Test
  void anUpdateCountsAsMuchAsItSets() throws Exception {
    assumeTrue(countsBytes());
    KvQuota quota = room(sizeOf("n", 3));

    assertThat(write(LOBBY, quota, update("n", "1", HOUR))).isEqualTo(CommitResult.committed());
    assertThat(write(LOBBY, quota, update("n", "123", HOUR))).isEqualTo(CommitResult.committed());
    assertFull(() -> write(LOBBY, quota, update("n", "1234", HOUR)), "limits.kvRoomBytes");
    assertThat(counted(LOBBY)).isEqualTo(sizeOf("n", 3));
  }

  @Test
  void aRoomThatHoldsMoreThanItsQuotaMayStillShrink() throws Exception {
    assumeTrue(countsBytes());
    write(LOBBY, put("a", bytes(100)), put("b", bytes(100)));
    KvQuota lowered = new KvQuota(10, 10);

    assertThat(write(LOBBY, lowered, put("a", bytes(99)))).isEqualTo(CommitResult.committed());
    assertThat(write(LOBBY, lowered, put("a", Bytes.utf8("x".repeat(99)))))
        .isEqualTo(CommitResult.committed());
    assertFull(() -> write(LOBBY, lowered, put("a", bytes(100))), "limits.kvRoomBytes");
    assertThat(write(LOBBY, lowered, new KvWrite.Delete("a"))).isEqualTo(CommitResult.committed());
  }

  @Test
  void whatExpiresGivesItsBytesBackToItsRoom() throws Exception {
    assumeTrue(countsBytes());
    KvQuota quota = room(2 * sizeOf("a", 1));
    write(LOBBY, quota, put("a", "1", Duration.ofMillis(50)), put("b", "1", HOUR));
    waitUntilGone("a");

    assertThat(write(LOBBY, quota, put("c", bytes(1)))).isEqualTo(CommitResult.committed());
    assertFull(() -> write(LOBBY, quota, put("d", bytes(1))), "limits.kvRoomBytes");
    assertThat(counted(LOBBY)).isEqualTo(2 * sizeOf("a", 1));
  }

  @Test
  void theRoomsOfAServiceShareItsQuotaAndAnotherServiceHasItsOwn() throws Exception {
    assumeTrue(countsBytes());
    KvQuota quota = new KvQuota(Long.MAX_VALUE, 3 * sizeOf("a", 100));
    for (int room = 0; room < 3; room++) {
      write(RoomAddress.of("chat", "room-" + room), quota, put("a", bytes(100)));
    }

    assertFull(
        () -> write(LOBBY, quota, put("a", bytes(0))), "chat/lobby", "limits.kvServiceBytes");
    assertThat(write(RoomAddress.of("other", "lobby"), quota, put("a", bytes(100))))
        .isEqualTo(CommitResult.committed());
    write(RoomAddress.of("chat", "room-1"), quota, new KvWrite.Delete("a"));
    assertThat(write(LOBBY, quota, put("a", bytes(100)))).isEqualTo(CommitResult.committed());
  }

  @Test
  void whatExpiresGivesItsBytesBackToItsServiceThoughNobodyAsksForItsRoom() throws Exception {
    assumeTrue(countsBytes());
    KvQuota quota = new KvQuota(Long.MAX_VALUE, 4 * sizeOf("a", 1));
    for (int room = 0; room < 4; room++) {
      write(RoomAddress.of("chat", "room-" + room), quota, put("a", "1", Duration.ofMillis(50)));
    }

    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    // All four at once: their times end one after the other.
    while (!isCommitted(LOBBY, quota, put("a", "1"), put("b", "2"), put("c", "3"), put("d", "4"))) {
      assertThat(System.nanoTime()).as("expired keys still count").isLessThan(deadline);
      passTime(Duration.ofMillis(10));
    }
    assertThat(isCommitted(LOBBY, quota, put("e", "5"))).isFalse();
  }

  @Test
  void commitsOfDifferentRoomsAtOnceNeverExceedTheQuotaOfTheirService() throws Exception {
    assumeTrue(countsBytes());
    int fit = 100;
    KvQuota quota = new KvQuota(Long.MAX_VALUE, fit * sizeOf("key-10", 100));
    AtomicInteger committed = new AtomicInteger();
    List<Callable<Void>> people = new ArrayList<>();
    for (int p = 0; p < THREADS; p++) {
      RoomAddress theirs = RoomAddress.of("chat", "room-" + p);
      people.add(
          () -> {
            for (int i = 10; i < 50; i++) {
              if (isCommitted(theirs, quota, put("key-" + i, bytes(100)))) {
                committed.incrementAndGet();
              }
            }
            return null;
          });
    }

    together(people);

    assertThat(committed.get()).isLessThanOrEqualTo(fit);
    for (int i = 10; i < 99 && committed.get() < fit; i++) { // some made way for each other
      if (isCommitted(LOBBY, quota, put("key-" + i, bytes(100)))) {
        committed.incrementAndGet();
      }
    }
    assertThat(committed.get()).isEqualTo(fit);
    assertThat(isCommitted(LOBBY, quota, put("key-99", bytes(100)))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whatIsCountedIsWhatIsHeldAfterThousandsOfOperations(long seed) throws Exception {
    assumeTrue(countsBytes());
    Random random = new Random(seed);
    List<RoomAddress> rooms =
        IntStream.range(0, 6).mapToObj(i -> RoomAddress.of("chat", "room-" + i)).toList();
    List<String> keys =
        IntStream.range(0, 40).mapToObj(i -> "kö𝄞\r\n".substring(i % 6) + i).toList();
    int refused = 0;
    for (int i = 1; i <= 2_000; i++) {
      RoomAddress address = rooms.get(random.nextInt(rooms.size()));
      KvQuota quota = new KvQuota(random.nextInt(20_000), SERVICE_QUOTA);
      if (!isCommitted(address, quota, randomWrites(random, keys))) {
        refused++;
      }
      if (i % 500 == 0) {
        awaitThatCountedIsHeld(rooms, keys);
      }
    }

    assertThat(refused).as("refused").isBetween(20, 1_900);
  }

  private static KvWrite[] randomWrites(Random random, List<String> keys) {
    Map<String, KvWrite> writes = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      String key = keys.get(random.nextInt(keys.size()));
      Bytes value = bytes(random.nextInt(1_000));
      Optional<Duration> life =
          random.nextInt(3) > 0
              ? Optional.empty()
              : Optional.of(random.nextBoolean() ? HOUR : Duration.ofMillis(20));
      writes.put(
          key,
          switch (random.nextInt(4)) {
            case 0 -> new KvWrite.Delete(key);
            case 1 -> new KvWrite.Update(key, value, life);
            default -> new KvWrite.Put(key, value, life);
          });
    }
    return writes.values().toArray(KvWrite[]::new);
  }

  /** What has expired may count for a moment. */
  private void awaitThatCountedIsHeld(List<RoomAddress> rooms, List<String> keys) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      Map<String, Long> held = new LinkedHashMap<>();
      Map<String, Long> counted = new LinkedHashMap<>();
      long sum = 0;
      for (RoomAddress address : rooms) {
        long bytes = 0;
        for (Map.Entry<String, Bytes> entry : read(address, keys).entrySet()) {
          bytes += KvQuota.bytesOf(entry.getKey(), entry.getValue());
        }
        held.put(address.toString(), bytes);
        counted.put(address.toString(), counted(address));
        sum += bytes;
      }
      held.put("chat", sum);
      KvQuota ofService = new KvQuota(Long.MAX_VALUE, SERVICE_QUOTA);
      counted.put("chat", SERVICE_QUOTA - await(store.headroom(LOBBY, ofService)).orElseThrow());
      if (counted.equals(held)) {
        return;
      }
      assertThat(System.nanoTime())
          .as("%s is counted, and %s is held", counted, held)
          .isLessThan(deadline);
      passTime(Duration.ofMillis(50));
    }
  }

  private long counted(RoomAddress address) throws Exception {
    return SERVICE_QUOTA - await(store.headroom(address, room(SERVICE_QUOTA))).orElseThrow();
  }

  private boolean isCommitted(RoomAddress address, KvQuota quota, KvWrite... writes)
      throws Exception {
    try {
      return write(address, quota, writes).isCommitted();
    } catch (ExecutionException e) {
      assertThat(e.getCause())
          .isInstanceOfSatisfying(
              StoreException.class,
              refused -> assertThat(refused.kind()).isEqualTo(StoreException.Kind.QUOTA));
      return false;
    }
  }

  private static void assertFull(ThrowingCallable call, String... named) {
    assertThatThrownBy(call)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.QUOTA))
        .hasMessageContainingAll(named);
  }

  private static KvQuota room(long bytes) {
    return new KvQuota(bytes, Long.MAX_VALUE);
  }

  private static long sizeOf(String key, int value) {
    return KvQuota.bytesOf(key, bytes(value));
  }

  private static Bytes bytes(int size) {
    return Bytes.adopt(new byte[size]);
  }

  @Test
  void toCloseTwiceDoesNoHarm() {
    store.close();

    assertThatCode(store::close).doesNotThrowAnyException();
  }

  /** A address, for short. */
  protected static RoomAddress address(String service, String room) {
    return new RoomAddress(new ServiceId(service), new RoomId(room));
  }

  /** A put that lives for ever. */
  protected static KvWrite put(String key, String value) {
    return put(key, Bytes.utf8(value));
  }

  /** A put that lives for ever. */
  protected static KvWrite put(String key, Bytes value) {
    return new KvWrite.Put(key, value, Optional.empty());
  }

  /** A put that lives for a time. */
  protected static KvWrite put(String key, String value, Duration timeToLive) {
    return new KvWrite.Put(key, Bytes.utf8(value), Optional.of(timeToLive));
  }

  /** An update of a key that lives for a time if it is absent. */
  protected static KvWrite update(String key, String value, Duration timeToLive) {
    return new KvWrite.Update(key, Bytes.utf8(value), Optional.of(timeToLive));
  }

  /** What the keys hold. */
  protected final Map<String, Bytes> read(RoomAddress address, String... keys) throws Exception {
    return read(address, List.of(keys));
  }

  /** What the keys hold. */
  protected final Map<String, Bytes> read(RoomAddress address, Collection<String> keys)
      throws Exception {
    return await(store.read(address, keys));
  }

  /** Commits writes that depend on nothing. */
  protected final CommitResult write(RoomAddress address, KvWrite... writes) throws Exception {
    return commit(address, Map.of(), writes);
  }

  /** Commits writes that depend on nothing, within a quota. */
  protected final CommitResult write(RoomAddress address, KvQuota quota, KvWrite... writes)
      throws Exception {
    return await(
        store.commit(
            address,
            new KvTransaction(UUID.randomUUID().toString(), Map.of(), List.of(writes), quota)));
  }

  /** Commits under a new id. */
  protected final CommitResult commit(
      RoomAddress address, Map<String, Optional<Bytes>> reads, KvWrite... writes) throws Exception {
    return await(store.commit(address, transaction(reads, writes)));
  }

  /** A transaction with a new id. */
  protected static KvTransaction transaction(
      Map<String, Optional<Bytes>> reads, KvWrite... writes) {
    return new KvTransaction(UUID.randomUUID().toString(), reads, List.of(writes));
  }

  /** Adds one to a counter, again and again until nobody came between. */
  protected static void increment(KvStore store, String key) throws Exception {
    CommitResult result;
    do {
      Optional<Bytes> held = Optional.ofNullable(await(store.read(LOBBY, List.of(key))).get(key));
      int next = held.map(Bytes::utf8).map(Integer::parseInt).orElse(0) + 1;
      result =
          await(
              store.commit(LOBBY, transaction(Map.of(key, held), put(key, String.valueOf(next)))));
    } while (result.equals(CommitResult.conflict()));
  }

  /** What a stage becomes, within a time that no sound store needs. */
  protected static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(1, TimeUnit.MINUTES);
  }

  private void waitUntilGone(String key) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!read(LOBBY, key).isEmpty()) {
      assertThat(System.nanoTime()).as("the key %s lives on and on", key).isLessThan(deadline);
      passTime(Duration.ofMillis(10));
    }
  }

  private static String label(RoomAddress address, List<String> keys, String key) {
    return address + " #" + keys.indexOf(key);
  }

  /** Runs all, each on a thread of its own; fails if one of them fails. */
  private static void together(List<Callable<Void>> calls) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(calls.size());
    try {
      for (Future<Void> future : threads.invokeAll(calls, 2, TimeUnit.MINUTES)) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
