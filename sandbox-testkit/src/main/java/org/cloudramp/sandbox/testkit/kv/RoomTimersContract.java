package org.cloudramp.sandbox.testkit.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.api.kv.RoomTimers;
import org.cloudramp.sandbox.api.kv.TimerChanges;
import org.cloudramp.sandbox.api.kv.TimerClaim;
import org.cloudramp.sandbox.api.kv.TimerWrite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link RoomTimers} must do. To test a store that keeps timers, extend this class
 * beside {@link KvStoreContract}; make an empty place before each test. No test waits: what time it
 * is, is what a claim says.
 */
public abstract class RoomTimersContract {
  /** The room most tests work with. */
  protected static final RoomAddress LOBBY = RoomAddress.of("chat", "lobby");

  /** Long enough for a process to learn of the timers of another. */
  private static final Duration A_WHILE = Duration.ofSeconds(30);

  private static final Duration HOLD = Duration.ofSeconds(3);
  private static final Instant START = Instant.parse("2027-01-15T08:00:00Z");
  private static final int MANY = 10_000;

  private final List<KvStore> opened = new ArrayList<>();

  /** The store under test, started, over the place of this test. */
  @SuppressWarnings("NullAway.Init")
  protected KvStore store;

  private Instant now = START;

  /**
   * A new, started store over this test's place. Called several times in a test to stand for
   * several processes. The contract closes it.
   */
  protected abstract KvStore openStore() throws Exception;

  /** Whether several stores see the same timers; otherwise the contract tests with one. */
  protected boolean isShared() {
    return true;
  }

  /** Another process: a further store over the same place; the same one if none are shared. */
  protected final KvStore another() throws Exception {
    if (!isShared() && !opened.isEmpty()) {
      return store;
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
  void aTimerIsClaimedWhenItIsDueAndNotBefore() throws Exception {
    set(LOBBY, "close", START.plusMillis(100));

    now = START.plusMillis(99);
    assertThat(claim(store)).isEmpty();
    now = START.plusMillis(100);

    assertThat(claim(store))
        .extracting(RoomTimer::address, RoomTimer::name, RoomTimer::due, RoomTimer::attempt)
        .containsExactly(tuple(LOBBY, "close", START.plusMillis(100), 0));
  }

  @Test
  void oneThatIsClaimedIsNobodysUntilTheClaimIsOver() throws Exception {
    KvStore other = another();
    set(LOBBY, "close", START);
    assertThat(claim(store)).hasSize(1);

    assertThat(claim(store)).isEmpty();
    now = START.plus(HOLD).minusMillis(1);
    assertThat(claim(other)).isEmpty();
    assertThat(claim(store)).isEmpty();
    now = START.plus(A_WHILE);

    assertThat(claim(other)).hasSize(1);
    assertThat(claim(store)).isEmpty();
  }

  @Test
  void aTimerOfAnotherProcessIsFoundIfLate() throws Exception {
    KvStore other = another();
    assertThat(claim(other)).isEmpty();
    set(LOBBY, "close", START.plusMillis(50));

    now = START.plus(A_WHILE);

    assertThat(claim(other)).extracting(RoomTimer::name).containsExactly("close");
  }

  @Test
  void timersSurviveTheProcessThatHasSetThem() throws Exception {
    assumeTrue(isShared());
    set(LOBBY, "close", START);
    store.close();

    assertThat(claim(another())).hasSize(1);
  }

  @Test
  void theCommitOfAnAnswerRemovesTheTimer() throws Exception {
    set(LOBBY, "close", START);
    RoomTimer timer = claim(store).get(0);

    assertThat(commit(LOBBY, TimerChanges.answered(timer))).isEqualTo(CommitResult.committed());

    now = now.plus(A_WHILE);
    assertThat(claim(store)).isEmpty();
  }

  @Test
  void ofTwoAnswersOneIsCommittedWithItsWritesAndTheOtherChangesNothing() throws Exception {
    set(LOBBY, "close", START);
    RoomTimer first = claim(store).get(0);
    now = now.plus(A_WHILE);
    KvStore other = another();
    RoomTimer second = claim(other).get(0);

    assertThat(commit(store, LOBBY, answer(first).writes(List.of(put("sold", "to ann")))))
        .isEqualTo(CommitResult.committed());
    assertThat(commit(other, LOBBY, answer(second).writes(List.of(put("sold", "to bob")))))
        .isEqualTo(CommitResult.conflict());

    assertThat(await(store.read(LOBBY, List.of("sold")))).containsValue(Bytes.utf8("to ann"));
  }

  @Test
  void anAnswerThatIsCommittedTwiceUnderOneIdIsCommittedOnce() throws Exception {
    set(LOBBY, "tick", START);
    RoomTimer timer = claim(store).get(0);
    KvTransaction answer =
        KvTransaction.builder("the answer")
            .timers(changes(timer, TimerWrite.set("tick", START.plusSeconds(1))))
            .build();

    assertThat(await(store.commit(LOBBY, answer))).isEqualTo(CommitResult.committed());
    now = START.plusSeconds(1);
    assertThat(claim(store)).hasSize(1);
    assertThat(await(store.commit(LOBBY, answer))).isEqualTo(CommitResult.committed());

    assertThat(claim(store)).isEmpty();
  }

  @Test
  void anAnswerMaySetTheSameTimerAgain() throws Exception {
    set(LOBBY, "tick", START);
    RoomTimer timer = claim(store).get(0);

    commit(LOBBY, changes(timer, TimerWrite.set("tick", START.plusSeconds(1))));

    now = START.plusSeconds(1);
    assertThat(claim(store))
        .extracting(RoomTimer::name, RoomTimer::due)
        .containsExactly(tuple("tick", START.plusSeconds(1)));
    now = now.plus(A_WHILE);
    assertThat(claim(store)).hasSize(1);
  }

  @Test
  void aTimerThatWasCancelledOrSetAnewIsNotAnsweredAsItWas() throws Exception {
    set(LOBBY, "cancelled", START);
    set(LOBBY, "again", START);
    List<RoomTimer> claimed = claim(store);
    commit(LOBBY, changes(TimerWrite.cancel("cancelled")));
    set(LOBBY, "again", START.plusSeconds(60));

    for (RoomTimer timer : claimed) {
      assertThat(commit(LOBBY, TimerChanges.answered(timer))).isEqualTo(CommitResult.conflict());
      assertThat(await(timers(store).defer(timer, 1, START))).isFalse();
    }
    now = START.plusSeconds(59);
    assertThat(claim(store)).isEmpty();
    now = START.plusSeconds(60);
    assertThat(claim(store)).extracting(RoomTimer::name).containsExactly("again");
  }

  @Test
  void toCancelWhatIsNotSetIsNoError() throws Exception {
    assertThat(commit(LOBBY, changes(TimerWrite.cancel("nothing"))))
        .isEqualTo(CommitResult.committed());
    assertThat(claim(store)).isEmpty();
  }

  @Test
  void aTimerThatIsSetAgainFiresOnceAtItsNewTime() throws Exception {
    set(LOBBY, "close", START.plusSeconds(1));
    set(LOBBY, "close", START.plusSeconds(9));

    now = START.plusSeconds(8);
    assertThat(claim(store)).isEmpty();
    now = START.plusSeconds(9);
    assertThat(claim(store)).extracting(RoomTimer::due).containsExactly(START.plusSeconds(9));
  }

  @Test
  void oneThatIsKeptForLaterKeepsItsTimeAndCountsItsAttempts() throws Exception {
    set(LOBBY, "close", START);
    RoomTimer timer = claim(store).get(0);

    assertThat(await(timers(store).defer(timer, 3, START.plusSeconds(8)))).isTrue();

    now = START.plusSeconds(8).minusMillis(1);
    assertThat(claim(store)).isEmpty();
    now = START.plusSeconds(8);
    RoomTimer again = claim(store).get(0);
    assertThat(again.due()).isEqualTo(START);
    assertThat(again.attempt()).isEqualTo(3);
    assertThat(commit(LOBBY, TimerChanges.answered(again))).isEqualTo(CommitResult.committed());
  }

  @Test
  void nothingIsSetByACommitThatIsAConflict() throws Exception {
    KvTransaction wrong =
        KvTransaction.builder("wrong")
            .reads(Map.of("a", Optional.of(Bytes.utf8("never"))))
            .timers(changes(TimerWrite.set("close", START)))
            .build();

    assertThat(await(store.commit(LOBBY, wrong))).isEqualTo(CommitResult.conflict());

    assertThat(claim(store)).isEmpty();
  }

  @Test
  void aRoomHasNoMoreTimersThanItMay() throws Exception {
    TimerWrite[] three = {
      TimerWrite.set("1", START), TimerWrite.set("2", START), TimerWrite.set("3", START)
    };
    commit(LOBBY, new TimerChanges(Optional.empty(), List.of(three), 3));

    assertThatThrownBy(
            () ->
                commit(
                    LOBBY,
                    new TimerChanges(Optional.empty(), List.of(TimerWrite.set("4", START)), 3)))
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.QUOTA))
        .hasMessageContainingAll("chat/lobby", "4 timers", "limits.timers", "3");
    TimerChanges instead =
        new TimerChanges(
            Optional.empty(), List.of(TimerWrite.cancel("1"), TimerWrite.set("4", START)), 3);
    assertThat(commit(LOBBY, instead)).isEqualTo(CommitResult.committed());
    TimerChanges again = new TimerChanges(Optional.empty(), List.of(TimerWrite.set("4", START)), 3);
    assertThat(commit(LOBBY, again)).isEqualTo(CommitResult.committed());
    assertThat(claim(store)).extracting(RoomTimer::name).containsExactlyInAnyOrder("2", "3", "4");
  }

  @Test
  void timersCountTowardsTheBytesOfTheirServiceAndGiveThemBack() throws Exception {
    KvQuota three = new KvQuota(Long.MAX_VALUE, 3 * RoomTimer.BYTES);
    for (int i = 0; i < 3; i++) {
      commit(store, RoomAddress.of("chat", "room-" + i), setting("close").quota(three));
    }

    assertThatThrownBy(
            () -> commit(store, RoomAddress.of("chat", "room-3"), setting("close").quota(three)))
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.QUOTA))
        .hasMessageContaining("limits.kvServiceBytes");
    RoomTimer answered = claim(store).get(0);
    commit(store, answered.address(), answer(answered).quota(three));
    assertThat(commit(store, RoomAddress.of("chat", "room-3"), setting("close").quota(three)))
        .isEqualTo(CommitResult.committed());
  }

  @Test
  void namesOfAnyTextComeBackAsTheyAre() throws Exception {
    List<String> names = List.of("a b", " ", "ünï ☃ 🎈", "a\nb", "\"{}:%", "x".repeat(128));
    for (String name : names) {
      set(LOBBY, name, START);
    }

    assertThat(claim(store)).extracting(RoomTimer::name).containsExactlyInAnyOrderElementsOf(names);
  }

  @Test
  void roomsOfOneNameInTwoServicesHaveTimersOfTheirOwn() throws Exception {
    RoomAddress other = RoomAddress.of("shop", "lobby");
    set(LOBBY, "close", START);
    set(other, "close", START);
    commit(other, changes(TimerWrite.cancel("close")));

    assertThat(claim(store)).extracting(RoomTimer::address).containsExactly(LOBBY);
  }

  @Test
  void aClaimGetsNoMoreThanItWants() throws Exception {
    for (int i = 0; i < 20; i++) {
      set(RoomAddress.of("chat", "room-" + i), "close", START);
      set(RoomAddress.of("shop", "room-" + i), "close", START);
    }
    now = START.plus(A_WHILE);

    List<RoomTimer> claimed = await(timers(store).claim(wanting(12, 8, Set.of()))).claimed();

    assertThat(claimed).hasSizeLessThanOrEqualTo(12);
    for (String service : List.of("chat", "shop")) {
      assertThat(claimed)
          .filteredOn(timer -> timer.address().service().equals(new ServiceId(service)))
          .hasSizeLessThanOrEqualTo(8);
    }
  }

  @Test
  void aServiceThatIsNotWantedIsLeftAlone() throws Exception {
    set(LOBBY, "close", START);
    set(RoomAddress.of("shop", "lobby"), "close", START);

    assertThat(claim(store, Set.of(LOBBY.service())))
        .extracting(timer -> timer.address().service().value())
        .containsExactly("shop");
    assertThat(claim(store)).extracting(RoomTimer::address).containsExactly(LOBBY);
  }

  @Test
  void aServiceWithThousandsOfTimersDoesNotHideTheOneOfAnother() throws Exception {
    for (int room = 0; room < 100; room++) {
      RoomAddress address = RoomAddress.of("greedy", "room-" + room);
      TimerWrite[] all =
          IntStream.range(0, 30)
              .mapToObj(i -> TimerWrite.set("timer " + i, START.minusSeconds(i)))
              .toArray(TimerWrite[]::new);
      commit(address, changes(all));
    }
    set(LOBBY, "close", START);

    int claims = 0;
    Set<String> services = new HashSet<>();
    while (!services.contains("chat")) {
      claims++;
      assertThat(claims).as("claims until the other's timer was found").isLessThan(40);
      for (RoomTimer timer : await(timers(store).claim(wanting(64, 16, Set.of()))).claimed()) {
        services.add(timer.address().service().value());
      }
    }
  }

  @Test
  void manyTimersAreEachClaimedOnceByTwoProcesses() throws Exception {
    KvStore other = another();
    for (int i = 0; i < 200; i++) {
      set(RoomAddress.of("chat", "room-" + i), "close", START.plusMillis(i));
    }
    now = START.plus(A_WHILE);

    List<RoomTimer> claimed = new ArrayList<>();
    for (int round = 0; round < 40; round++) {
      claimed.addAll(await(timers(store).claim(wanting(16, 16, Set.of()))).claimed());
      claimed.addAll(await(timers(other).claim(wanting(16, 16, Set.of()))).claimed());
    }
    claimed.addAll(claim(store));
    claimed.addAll(claim(other));

    assertThat(claimed).hasSize(200);
    assertThat(new HashSet<>(claimed)).hasSize(200);
  }

  @Test
  void aClaimSaysWhenTheNextTimerComesDueAtTheLatest() throws Exception {
    set(LOBBY, "close", START.plusMillis(70));

    Optional<Instant> next = Optional.empty();
    for (int i = 0; i < 10; i++) {
      next = await(timers(store).claim(wanting(MANY, MANY, Set.of()))).next();
    }

    assertThat(next)
        .hasValueSatisfying(at -> assertThat(at).isBeforeOrEqualTo(START.plusMillis(70)));
    assertThat(next.orElseThrow()).isAfter(START);
  }

  /** All that is due for a process, in as many claims as it takes. */
  protected final List<RoomTimer> claim(KvStore claimer) throws Exception {
    return claim(claimer, Set.of());
  }

  private List<RoomTimer> claim(KvStore claimer, Set<ServiceId> except) throws Exception {
    List<RoomTimer> claimed = new ArrayList<>();
    int empty = 0;
    while (empty < 5) { // a store need not look everywhere at once
      List<RoomTimer> more = await(timers(claimer).claim(wanting(MANY, MANY, except))).claimed();
      claimed.addAll(more);
      empty = more.isEmpty() ? empty + 1 : 0;
    }
    return claimed;
  }

  private TimerClaim wanting(int most, int perService, Set<ServiceId> except) {
    return new TimerClaim(now, now.plus(HOLD), most, perService, except);
  }

  /** Sets a timer. */
  protected final void set(RoomAddress address, String name, Instant due) throws Exception {
    assertThat(commit(address, changes(TimerWrite.set(name, due))))
        .isEqualTo(CommitResult.committed());
  }

  private static KvTransaction.Builder setting(String name) {
    return transaction().timers(changes(TimerWrite.set(name, START)));
  }

  private static KvTransaction.Builder answer(RoomTimer timer) {
    return transaction().timers(TimerChanges.answered(timer));
  }

  private static KvTransaction.Builder transaction() {
    return KvTransaction.builder(UUID.randomUUID().toString());
  }

  private static TimerChanges changes(TimerWrite... writes) {
    return new TimerChanges(Optional.empty(), List.of(writes), MANY);
  }

  private static TimerChanges changes(RoomTimer answered, TimerWrite... writes) {
    return new TimerChanges(Optional.of(answered), List.of(writes), MANY);
  }

  private static KvWrite put(String key, String value) {
    return new KvWrite.Put(key, Bytes.utf8(value), Optional.empty());
  }

  private CommitResult commit(RoomAddress address, TimerChanges changes) throws Exception {
    return commit(store, address, transaction().timers(changes));
  }

  private static CommitResult commit(
      KvStore through, RoomAddress address, KvTransaction.Builder transaction) throws Exception {
    return await(through.commit(address, transaction.build()));
  }

  private static RoomTimers timers(KvStore store) {
    return store.timers().orElseThrow();
  }

  /** What a stage completes with, which is to happen soon. */
  protected static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
