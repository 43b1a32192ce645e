package org.cloudramp.sandbox.testkit.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.HeldKeys;
import org.cloudramp.sandbox.api.kv.HeldKeys.HeldKey;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.kv.LastEntries;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.RoomInspector;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.api.kv.TimerChanges;
import org.cloudramp.sandbox.api.kv.TimerClaim;
import org.cloudramp.sandbox.api.kv.TimerWrite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link RoomInspector} must do. To test a store that has one, extend this class beside
 * {@link KvStoreContract}; make an empty place before each test. The store keeps logs and timers.
 */
public abstract class RoomInspectorContract {
  private static final RoomAddress LOBBY = RoomAddress.of("chat", "lobby");

  /** Its name begins as that of the other. */
  private static final RoomAddress LOBBY_2 = RoomAddress.of("chat", "lobby2");

  private static final RoomAddress OF_ANOTHER = RoomAddress.of("shop", "lobby");
  private static final Instant NOON = Instant.parse("2027-01-15T12:00:00Z");

  /** The store under test, started, over the place of this test. */
  @SuppressWarnings("NullAway.Init")
  protected KvStore store;

  /** A new, started store over this test's place. The contract closes it. */
  protected abstract KvStore openStore() throws Exception;

  @BeforeEach
  final void openTheStore() throws Exception {
    store = openStore();
  }

  @AfterEach
  final void closeTheStore() {
    store.close();
  }

  // Keys.

  @Test
  void keysAreToldByTheirNamesPieceByPiece() throws Exception {
    put(LOBBY, "b", "2");
    put(LOBBY, "d", "4");
    put(LOBBY, "a", "1");
    put(LOBBY, "c", "3");

    HeldKeys first = keys(LOBBY, Optional.empty(), 3);
    HeldKeys second = keys(LOBBY, Optional.of("c"), 3);

    assertThat(first.keys()).extracting(HeldKey::name).containsExactly("a", "b", "c");
    assertThat(first.keys().get(1).beginning().utf8()).isEqualTo("2");
    assertThat(first.hasMore()).isTrue();
    assertThat(first.count()).isEqualTo(4);
    assertThat(first.bytes()).isEqualTo(4 * KvQuota.bytesOf("a", Bytes.utf8("1")));
    assertThat(second.keys()).extracting(HeldKey::name).containsExactly("d");
    assertThat(second.hasMore()).isFalse();
    assertThat(second.count()).isEqualTo(4);
    assertThat(keys(LOBBY, Optional.of("bb"), 1).keys())
        .extracting(HeldKey::name)
        .containsExactly("c");
  }

  @Test
  void namesOfAnyTextAreToldAsTheyAreAndInTheirOrder() throws Exception {
    List<KvWrite> writes = new ArrayList<>();
    for (String name : HostileKeys.all(List.of(LOBBY))) {
      writes.add(new KvWrite.Put(name, Bytes.utf8("v"), Optional.empty()));
    }
    commit(LOBBY, transaction().writes(writes));

    List<String> told = new ArrayList<>();
    Optional<String> after = Optional.empty();
    HeldKeys page;
    do {
      page = keys(LOBBY, after, 50);
      page.keys().forEach(key -> told.add(key.name()));
      after = Optional.of(told.get(told.size() - 1));
    } while (page.hasMore());

    assertThat(told).containsExactlyElementsOf(new TreeSet<>(HostileKeys.all(List.of(LOBBY))));
  }

  @Test
  void ofALongValueTheBeginningIsToldAndHowLongItIs() throws Exception {
    byte[] value = new byte[100_000];
    value[9] = 1;
    value[10] = 2;
    put(LOBBY, new KvWrite.Put("long", Bytes.copyOf(value), Optional.empty()));
    put(LOBBY, new KvWrite.Put("none", Bytes.empty(), Optional.empty()));

    HeldKeys cut = await(inspector().keys(LOBBY, Optional.empty(), 10, 10));
    HeldKeys nothing = await(inspector().keys(LOBBY, Optional.empty(), 10, 0));

    assertThat(cut.keys())
        .extracting(HeldKey::name, key -> key.beginning().size(), HeldKey::size)
        .containsExactly(tuple("long", 10, 100_000), tuple("none", 0, 0));
    assertThat(cut.keys().get(0).beginning().toArray()[9]).isEqualTo((byte) 1);
    assertThat(nothing.keys())
        .extracting(HeldKey::name, key -> key.beginning().size(), HeldKey::size)
        .containsExactly(tuple("long", 0, 100_000), tuple("none", 0, 0));
  }

  @Test
  void whatIsLeftOfATimeToLiveIsTold() throws Exception {
    put(LOBBY, new KvWrite.Put("hour", Bytes.utf8("x"), Optional.of(Duration.ofHours(1))));
    put(LOBBY, "stays", "x");

    List<HeldKey> told = keys(LOBBY, Optional.empty(), 10).keys();

    assertThat(told).extracting(HeldKey::name).containsExactly("hour", "stays");
    assertThat(told.get(0).timeToLive().orElseThrow())
        .isBetween(Duration.ofMinutes(50), Duration.ofHours(1));
    assertThat(told.get(1).timeToLive()).isEmpty();
  }

  @Test
  void keysThatWereDeletedAndThoseOfOtherRoomsAreNotTold() throws Exception {
    put(LOBBY_2, "a", "1");
    put(OF_ANOTHER, "b", "2");
    put(LOBBY, "c", "3");
    put(LOBBY, new KvWrite.Delete("c"));

    assertThat(keys(LOBBY, Optional.empty(), 10)).isEqualTo(new HeldKeys(List.of(), false, 0, 0));
  }

  // Timers.

  @Test
  void timersAreToldInTheOrderInWhichTheyAreDueAlsoThoseThatAreClaimed() throws Exception {
    set(LOBBY, TimerWrite.set("later", NOON.plusSeconds(5)), TimerWrite.set("soon", NOON));
    set(LOBBY, TimerWrite.set("a b ☃", NOON.plusSeconds(2)), TimerWrite.set("gone", NOON));
    set(LOBBY, TimerWrite.cancel("gone"));
    await(
        store
            .timers()
            .orElseThrow()
            .claim(new TimerClaim(NOON.plusSeconds(1), NOON.plusSeconds(60), 10, 10, Set.of())));

    assertThat(await(inspector().timers(LOBBY, 10)))
        .extracting(RoomTimer::address, RoomTimer::name, RoomTimer::due, RoomTimer::attempt)
        .containsExactly(
            tuple(LOBBY, "soon", NOON, 0),
            tuple(LOBBY, "a b ☃", NOON.plusSeconds(2), 0),
            tuple(LOBBY, "later", NOON.plusSeconds(5), 0));
    assertThat(await(inspector().timers(LOBBY, 1)))
        .extracting(RoomTimer::name)
        .containsExactly("soon");
  }

  @Test
  void timersOfARoomAreFoundAmongManyOfOthers() throws Exception {
    TimerWrite[] many =
        IntStream.range(0, 2_500)
            .mapToObj(i -> TimerWrite.set("t" + i, NOON))
            .toArray(TimerWrite[]::new);
    set(LOBBY_2, many);
    set(OF_ANOTHER, TimerWrite.set("other", NOON));
    set(LOBBY, TimerWrite.set("mine", NOON));

    assertThat(await(inspector().timers(LOBBY, 10)))
        .extracting(RoomTimer::address, RoomTimer::name)
        .containsExactly(tuple(LOBBY, "mine"));
    assertThat(await(inspector().timers(LOBBY_2, 10_000))).hasSize(2_500);
    assertThat(await(inspector().timers(RoomAddress.of("chat", "nobody"), 10))).isEmpty();
  }

  // The log.

  @Test
  void theLastEntriesAreToldTheNewestLast() throws Exception {
    for (int i = 1; i <= 40; i++) {
      append(LOBBY, "entry " + i);
    }
    append(LOBBY_2, "another's");

    LastEntries last = await(inspector().lastEntries(LOBBY, 20, 1 << 20));

    assertThat(last.entries())
        .extracting(LastEntries.Entry::offset)
        .containsExactlyElementsOf(IntStream.rangeClosed(21, 40).mapToObj(Long::valueOf).toList());
    assertThat(last.entries().get(19).content().utf8()).isEqualTo("entry 40");
    assertThat(last.entries().get(0).content().utf8()).isEqualTo("entry 21");
    assertThat(last.end()).isEqualTo(await(store.log().orElseThrow().open(LOBBY)).position());
    assertThat(last.entries()).isSortedAccordingTo(Comparator.comparing(LastEntries.Entry::time));
    assertThat(await(inspector().lastEntries(LOBBY, 1_000, 1 << 20)).entries()).hasSize(40);
  }

  @Test
  void noMoreBytesOfALogAreToldThanWereAskedFor() throws Exception {
    for (String text : List.of("a".repeat(100), "b".repeat(100), "c".repeat(100))) {
      append(LOBBY, text);
    }

    assertThat(await(inspector().lastEntries(LOBBY, 10, 250)).entries())
        .extracting(LastEntries.Entry::offset)
        .containsExactly(2L, 3L);
    assertThat(await(inspector().lastEntries(LOBBY, 10, 99)).entries()).isEmpty();
  }

  @Test
  void aRoomWithoutALogHasNoneAndGetsNoneByBeingLookedAt() throws Exception {
    LastEntries none = new LastEntries(LogPosition.none(), List.of());

    assertThat(await(inspector().lastEntries(LOBBY, 10, 100))).isEqualTo(none);
    assertThat(await(inspector().lastEntries(LOBBY, 10, 100))).isEqualTo(none);
  }

  // Tools.

  private RoomInspector inspector() {
    return store.inspector().orElseThrow();
  }

  private HeldKeys keys(RoomAddress address, Optional<String> after, int most) throws Exception {
    return await(inspector().keys(address, after, most, 1_000));
  }

  private void put(RoomAddress address, String key, String value) throws Exception {
    put(address, new KvWrite.Put(key, Bytes.utf8(value), Optional.empty()));
  }

  private void put(RoomAddress address, KvWrite write) throws Exception {
    commit(address, transaction().writes(List.of(write)));
  }

  private void set(RoomAddress address, TimerWrite... writes) throws Exception {
    commit(
        address, transaction().timers(new TimerChanges(Optional.empty(), List.of(writes), 10_000)));
  }

  private void append(RoomAddress address, String text) throws Exception {
    commit(address, transaction().appends(List.of(Bytes.utf8(text))));
  }

  private static KvTransaction.Builder transaction() {
    return KvTransaction.builder(UUID.randomUUID().toString());
  }

  private void commit(RoomAddress address, KvTransaction.Builder transaction) throws Exception {
    assertThat(await(store.commit(address, transaction.build())))
        .isInstanceOf(CommitResult.Committed.class);
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
