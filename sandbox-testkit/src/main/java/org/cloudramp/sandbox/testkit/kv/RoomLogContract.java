package org.cloudramp.sandbox.testkit.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.kv.LogListener;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.cloudramp.sandbox.api.kv.LogSubscription;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.api.kv.RoomLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link RoomLog} must do. To test a store that keeps logs, extend this class beside
 * {@link KvStoreContract}; make an empty place before each test.
 */
public abstract class RoomLogContract {
  /** The room most tests work with. */
  protected static final RoomAddress LOBBY = RoomAddress.of("chat", "lobby");

  private static final int ALL = 10_000;
  private static final int THREADS = 4;
  private static final int COMMITS = 50;
  private static final LogWindow LONG = new LogWindow(2_000, 8 << 20, Duration.ofHours(1));
  private static final LogWindow FEW = new LogWindow(10, 8 << 20, Duration.ofHours(1));

  /** How short a window may be that time is to run out of: a slow machine must keep up with it. */
  private static final Duration SHORT = Duration.ofSeconds(2);

  private final List<KvStore> opened = new ArrayList<>();
  private final List<LogSubscription> subscriptions = new ArrayList<>();
  private LogWindow window = LONG;

  /** The store under test, started, over the place of this test. */
  @SuppressWarnings("NullAway.Init")
  protected KvStore store;

  /**
   * A new, started store over this test's place, whose logs reach back as far as {@code window}
   * says. Called several times in a test to stand for several processes. The contract closes it.
   */
  protected abstract KvStore openStore(LogWindow window) throws Exception;

  /** Whether several stores see the same logs; otherwise the contract tests with one. */
  protected boolean isShared() {
    return true;
  }

  /**
   * Whether the place can lose what it holds while stores are open: {@link #loseEverything}, and
   * {@link #remember}.
   */
  protected boolean canLose() {
    return true;
  }

  /** Loses all that the place holds, as a server that restarts empty does. */
  protected abstract void loseEverything() throws Exception;

  /**
   * Remembers what the place holds now.
   *
   * @return has the place hold just that again, as a replica does that takes over without having
   *     heard of what came later
   */
  protected abstract Runnable remember() throws Exception;

  /** Lets time go by for the store: moves its clock, or waits if it goes by a real one. */
  protected abstract void passTime(Duration duration) throws Exception;

  /** Another process: a further store over the same place; the same one if none are shared. */
  protected final KvStore another() throws Exception {
    if (!isShared() && !opened.isEmpty()) {
      return opened.get(opened.size() - 1);
    }
    KvStore another = openStore(window);
    opened.add(another);
    return another;
  }

  @BeforeEach
  final void openTheStore() throws Exception {
    store = another();
  }

  private void reopen(LogWindow shorter) throws Exception {
    window = shorter;
    opened.add(openStore(shorter));
    store = opened.get(opened.size() - 1);
  }

  @AfterEach
  final void closeTheStores() {
    subscriptions.forEach(LogSubscription::close);
    opened.forEach(KvStore::close);
  }

  @Test
  void aRoomBeginsAtOffsetZeroOfALogOfItsOwn() throws Exception {
    LogPosition lobby = open(store, LOBBY);

    assertThat(lobby.offset()).isZero();
    assertThat(lobby.epoch()).isNotEmpty();
    assertThat(open(another(), LOBBY)).isEqualTo(lobby);
    assertThat(open(store, RoomAddress.of("chat", "garden")).epoch()).isNotEqualTo(lobby.epoch());
    assertThat(read(store, lobby)).isEqualTo(List.of());
  }

  @Test
  void theEntriesOfCommitsFollowEachOtherFromThePositionsThatTheyGet() throws Exception {
    LogPosition start = open(store, LOBBY);

    LogPosition first = append(store, LOBBY, "a", "b");
    LogPosition second = append(another(), LOBBY, "c");

    assertThat(first).isEqualTo(start.plus(1));
    assertThat(second).isEqualTo(start.plus(3));
    assertThat(open(another(), LOBBY)).isEqualTo(start.plus(3));
    assertThat(read(store, start)).isEqualTo(List.of("a", "b", "c"));
    assertThat(read(another(), start.plus(1))).isEqualTo(List.of("b", "c"));
    assertThat(read(store, start.plus(3))).isEqualTo(List.of());
  }

  @Test
  void aCommitThatAppendsNothingHasNoPosition() throws Exception {
    assertThat(commit(store, LOBBY, transaction().writes(List.of(put("a", "1")))))
        .isEqualTo(CommitResult.committed());
  }

  @Test
  void entriesAreAnyBytes() throws Exception {
    byte[] all = new byte[70_000];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    List<Bytes> entries = List.of(Bytes.empty(), Bytes.copyOf(all), Bytes.utf8("\r\n\u0000}{"));
    LogPosition start = open(store, LOBBY);
    List<Bytes> heard = new ArrayList<>();
    LogListener listener =
        new LogListener() {
          @Override
          public void entries(RoomAddress address, LogRead.Page page) {
            synchronized (heard) {
              heard.addAll(page.entries());
              heard.notifyAll();
            }
          }

          @Override
          public void gap(RoomAddress address, LogPosition resume) {
            throw new AssertionError("a gap before " + resume);
          }
        };
    subscriptions.add(log(another()).follow(LOBBY, start, listener));

    commit(store, LOBBY, transaction().appends(entries));

    assertThat(page(store, LOBBY, start, ALL).entries()).isEqualTo(entries);
    synchronized (heard) {
      long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
      while (heard.size() < entries.size()) {
        assertThat(System.nanoTime()).isLessThan(deadline);
        heard.wait(1_000);
      }
      assertThat(heard).isEqualTo(entries);
    }
  }

  @Test
  void offsetsHaveNoHolesAndOneOrderWhoeverCommits() throws Exception {
    LogPosition start = open(store, LOBBY);
    HeardLog here = follow(store, start);
    HeardLog there = follow(another(), start);
    Map<Long, String> committed = new ConcurrentSkipListMap<>();
    List<KvStore> stores = List.of(store, another());
    List<Callable<Void>> people = new ArrayList<>();
    for (int p = 0; p < THREADS; p++) {
      int person = p;
      people.add(
          () -> {
            for (int i = 0; i < COMMITS; i++) {
              String name = person + "-" + i;
              long first = append(stores.get(person % 2), LOBBY, name, name + "b").offset();
              committed.put(first, name);
              committed.put(first + 1, name + "b");
            }
            return null;
          });
    }

    together(people);

    int all = 2 * THREADS * COMMITS;
    assertThat(committed.keySet())
        .containsExactlyElementsOf(LongStream.rangeClosed(1, all).boxed().toList());
    List<String> order = List.copyOf(new TreeMap<>(committed).values());
    assertThat(read(store, start)).isEqualTo(order);
    assertThat(here.await(all)).isEqualTo(order);
    assertThat(there.await(all)).isEqualTo(order);
    assertThat(here.gaps()).isEmpty();
    assertThat(there.gaps()).isEmpty();
  }

  @Test
  void aCommitThatDoesNotHappenAppendsNothing() throws Exception {
    LogPosition start = open(store, LOBBY);
    HeardLog heard = follow(another(), start);
    KvQuota none = new KvQuota(1, 1);

    CommitResult conflict =
        commit(
            store,
            LOBBY,
            transaction()
                .reads(Map.of("a", Optional.of(Bytes.utf8("never was"))))
                .writes(List.of(put("a", "1")))
                .appends(List.of(Bytes.utf8("conflict"))));
    assertThatThrownBy(
            () ->
                commit(
                    store,
                    LOBBY,
                    transaction()
                        .writes(List.of(put("a", "1")))
                        .quota(none)
                        .appends(List.of(Bytes.utf8("over quota")))))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.QUOTA));

    assertThat(conflict).isEqualTo(CommitResult.conflict());
    assertThat(append(store, LOBBY, "witness")).isEqualTo(start.plus(1));
    assertThat(heard.await(1)).isEqualTo(List.of("witness"));
    assertThat(read(store, start)).isEqualTo(List.of("witness"));
  }

  @Test
  void whoHearsOfAnEntrySeesWhatWasWrittenWithIt() throws Exception {
    LogPosition start = open(store, LOBBY);
    HeardLog heard = follow(another(), start);
    for (int i = 1; i <= COMMITS; i++) {
      String number = String.valueOf(i);
      commit(
          store,
          LOBBY,
          transaction().writes(List.of(put("a", number))).appends(List.of(Bytes.utf8(number))));

      heard.await(i);

      assertThat(await(another().read(LOBBY, List.of("a"))))
          .isEqualTo(Map.of("a", Bytes.utf8(number)));
    }
  }

  @Test
  void aCommitThatIsAskedForAgainAppendsOnceAndHasTheSamePosition() throws Exception {
    LogPosition start = open(store, LOBBY);
    HeardLog heard = follow(another(), start);
    KvTransaction once =
        transaction()
            .reads(Map.of("a", Optional.empty()))
            .writes(List.of(put("a", "1")))
            .appends(List.of(Bytes.utf8("one"), Bytes.utf8("two")))
            .build();

    CommitResult first = await(store.commit(LOBBY, once));
    append(store, LOBBY, "three");

    assertThat(first).isEqualTo(CommitResult.committed(start.plus(1)));
    assertThat(await(another().commit(LOBBY, once))).isEqualTo(first);
    assertThat(await(store.commit(LOBBY, once))).isEqualTo(first);
    assertThat(read(store, start)).isEqualTo(List.of("one", "two", "three"));
    append(store, LOBBY, "four");
    assertThat(heard.await(4)).isEqualTo(List.of("one", "two", "three", "four"));
  }

  @Test
  void aReaderGetsAsManyAsItAsksForAndWhereTheLogEnds() throws Exception {
    LogPosition start = open(store, LOBBY);
    append(store, LOBBY, "1", "2", "3", "4", "5");

    LogRead.Page page = page(store, LOBBY, start.plus(1), 2);

    assertThat(page.entries()).isEqualTo(List.of(Bytes.utf8("2"), Bytes.utf8("3")));
    assertThat(page.last()).isEqualTo(start.plus(3));
    assertThat(page.end()).isEqualTo(start.plus(5));
  }

  @Test
  void whatIsOlderThanTheNewestEntriesIsAGapAndNeverAPart() throws Exception {
    reopen(FEW);
    LogPosition start = open(store, LOBBY);
    for (int i = 1; i <= 25; i++) {
      append(store, LOBBY, String.valueOf(i));
    }

    assertThat(await(log(store).read(LOBBY, start, ALL)))
        .isEqualTo(new LogRead.Gap(start.plus(15)));
    assertThat(await(log(another()).read(LOBBY, start.plus(14), 1)))
        .isEqualTo(new LogRead.Gap(start.plus(15)));
    assertThat(read(another(), start.plus(15))).hasSize(10).startsWith("16").endsWith("25");
  }

  @Test
  void theLogKeepsNoMoreBytesThanItsWindow() throws Exception {
    reopen(new LogWindow(1_000, 10 * LogWindow.bytesOf(bytes(1_000)), Duration.ofHours(1)));
    LogPosition start = open(store, LOBBY);
    for (int i = 1; i <= 12; i++) {
      commit(store, LOBBY, transaction().appends(List.of(bytes(1_000))));
    }

    assertThat(await(log(store).read(LOBBY, start.plus(1), ALL)))
        .isEqualTo(new LogRead.Gap(start.plus(2)));
    assertThat(page(store, LOBBY, start.plus(2), ALL).entries()).hasSize(10);
    commit(store, LOBBY, transaction().appends(List.of(bytes(5_000))));
    assertThat(await(log(store).read(LOBBY, start.plus(2), ALL)))
        .isEqualTo(new LogRead.Gap(start.plus(7)));
    assertThat(page(store, LOBBY, start.plus(7), ALL).entries()).hasSize(6);
  }

  @Test
  void whatIsOlderThanTheAgeOfTheWindowIsAGapAndWhatIsNewerStays() throws Exception {
    reopen(new LogWindow(1_000, 1 << 20, SHORT));
    LogPosition start = open(store, LOBBY);
    append(store, LOBBY, "old");

    passTime(SHORT.dividedBy(2));
    append(store, LOBBY, "new");
    passTime(SHORT.dividedBy(2));
    append(store, LOBBY, "newest");

    assertThat(await(log(store).read(LOBBY, start, ALL))).isInstanceOf(LogRead.Gap.class);
    assertThat(read(store, start.plus(2))).isEqualTo(List.of("newest"));
  }

  @Test
  void aCommitThatIsLargerThanTheWindowIsHeardAllTheSame() throws Exception {
    reopen(FEW);
    LogPosition start = open(store, LOBBY);
    HeardLog here = follow(store, start);
    HeardLog there = follow(another(), start);
    append(store, LOBBY, "found in the log, or heard");
    here.await(1);
    there.await(1);
    append(store, LOBBY, "heard");
    here.await(2);
    there.await(2);
    List<String> many = IntStream.range(0, 30).mapToObj(String::valueOf).toList();

    append(store, LOBBY, many.toArray(String[]::new));

    assertThat(here.await(32).subList(2, 32)).isEqualTo(many);
    assertThat(there.await(32).subList(2, 32)).isEqualTo(many);
    assertThat(await(log(store).read(LOBBY, start.plus(2), ALL)))
        .isEqualTo(new LogRead.Gap(start.plus(22)));
  }

  @Test
  void aPositionOfAnotherLogOrNoneOrBeyondTheEndIsAGapThatSaysWhereToGoOn() throws Exception {
    LogPosition start = open(store, LOBBY);
    append(store, LOBBY, "a", "b");
    LogPosition elsewhere = open(store, RoomAddress.of("chat", "garden"));

    for (LogPosition wrong :
        List.of(
            LogPosition.none(),
            new LogPosition("", 2),
            new LogPosition(start.epoch() + "x", 1),
            elsewhere)) {
      assertThat(await(log(store).read(LOBBY, wrong, ALL)))
          .as("after %s", wrong)
          .isEqualTo(new LogRead.Gap(start));
    }
    assertThat(await(log(store).read(LOBBY, start.plus(3), ALL)))
        .isEqualTo(new LogRead.Gap(start.plus(2)));
    assertThat(await(log(store).read(RoomAddress.of("chat", "attic"), LogPosition.none(), ALL)))
        .isEqualTo(new LogRead.Gap(open(another(), RoomAddress.of("chat", "attic"))));
  }

  @Test
  void aFollowerMayBeginInTheMiddleAndHearsWhatIsThereFirst() throws Exception {
    LogPosition start = open(store, LOBBY);
    append(store, LOBBY, "1", "2", "3");
    HeardLog middle = follow(another(), start.plus(2));
    HeardLog end = follow(another(), start.plus(3));

    append(store, LOBBY, "4");
    append(store, LOBBY, "5");

    assertThat(middle.await(3)).isEqualTo(List.of("3", "4", "5"));
    assertThat(end.await(2)).isEqualTo(List.of("4", "5"));
  }

  @Test
  void aFollowerThatBeginsBeforeTheWindowIsToldSoAndHearsTheRest() throws Exception {
    reopen(FEW);
    LogPosition start = open(store, LOBBY);
    for (int i = 1; i <= 15; i++) {
      append(store, LOBBY, String.valueOf(i));
    }

    HeardLog heard = follow(another(), start);
    HeardLog unknowing = follow(another(), LogPosition.none());

    assertThat(heard.await(10)).startsWith("6").endsWith("15");
    assertThat(heard.gaps()).isEqualTo(List.of(start.plus(5)));
    assertThat(unknowing.await(10)).isEqualTo(heard.entries());
  }

  @Test
  void twoFollowersOfOneProcessHearTheSameAndEachEndsForItself() throws Exception {
    LogPosition start = open(store, LOBBY);
    HeardLog first = new HeardLog(LOBBY, start);
    LogSubscription ends = log(store).follow(LOBBY, start, first);
    HeardLog second = follow(store, start);
    append(another(), LOBBY, "1");
    first.await(1);
    second.await(1);

    ends.close();
    ends.close();
    append(another(), LOBBY, "2");

    assertThat(second.await(2)).isEqualTo(List.of("1", "2"));
    assertThat(first.entries()).isEqualTo(List.of("1"));
  }

  @Test
  void whoFollowsOneRoomHearsNothingOfOthers() throws Exception {
    Set<RoomAddress> rooms =
        Set.of(
            LOBBY,
            RoomAddress.of("chat", "lobby2"),
            RoomAddress.of("chat", "lobb"),
            RoomAddress.of("chat", "Lobby"),
            RoomAddress.of("chat-lobby", "lobby"),
            RoomAddress.of("c", "hat-lobby"),
            RoomAddress.of("other", "lobby"));
    Map<RoomAddress, HeardLog> heard = new LinkedHashMap<>();
    for (RoomAddress room : rooms) {
      LogPosition start = open(store, room);
      HeardLog listener = new HeardLog(room, start);
      subscriptions.add(log(another()).follow(room, start, listener));
      heard.put(room, listener);
    }

    for (int i = 0; i < 3; i++) {
      for (RoomAddress room : rooms) {
        append(store, room, room + " " + i);
      }
    }

    for (Map.Entry<RoomAddress, HeardLog> each : heard.entrySet()) {
      String room = each.getKey().toString();
      assertThat(each.getValue().await(3))
          .isEqualTo(List.of(room + " 0", room + " 1", room + " 2"));
    }
  }

  @Test
  void aQuietRoomThatIsFollowedKeepsItsLog() throws Exception {
    reopen(new LogWindow(1_000, 1 << 20, SHORT.multipliedBy(3)));
    LogPosition start = open(store, LOBBY);
    HeardLog heard = follow(another(), start);
    append(store, LOBBY, "before");
    heard.await(1);

    for (int i = 0; i < 5; i++) {
      passTime(SHORT);
      await(another().read(LOBBY, List.of("a")));
    }

    assertThat(append(store, LOBBY, "after")).isEqualTo(start.plus(2));
    assertThat(heard.await(2)).isEqualTo(List.of("before", "after"));
    assertThat(heard.gaps()).isEmpty();
  }

  @Test
  void aQuietRoomThatNobodyFollowsLosesItsLogAndBeginsAnother() throws Exception {
    reopen(new LogWindow(1_000, 1 << 20, SHORT));
    LogPosition start = open(store, LOBBY);
    append(store, LOBBY, "before");

    passTime(SHORT.plusMillis(100));

    LogPosition first = append(store, LOBBY, "after");
    assertThat(first.offset()).isEqualTo(1);
    assertThat(first.epoch()).isNotEqualTo(start.epoch());
    assertThat(await(log(store).read(LOBBY, start, ALL)))
        .isEqualTo(new LogRead.Gap(first.plus(-1)));
  }

  @Test
  void whoFollowsALogThatIsLostIsToldSoAndHearsTheNextOne() throws Exception {
    assumeTrue(canLose());
    LogPosition start = open(store, LOBBY);
    HeardLog heard = follow(another(), start);
    append(store, LOBBY, "lost", "with all the others");
    heard.await(2);

    loseEverything();
    LogPosition first = append(store, LOBBY, "new");

    assertThat(first.epoch()).isNotEqualTo(start.epoch());
    assertThat(heard.await(3)).endsWith("new");
    assertThat(heard.gaps()).isEqualTo(List.of(first.plus(-1)));
    assertThat(await(log(store).read(LOBBY, start.plus(1), ALL)))
        .isEqualTo(new LogRead.Gap(first.plus(-1)));
  }

  @Test
  void whoHasHeardWhatALogHasLostIsToldSoThoughOthersHaveAppendedMoreSince() throws Exception {
    assumeTrue(canLose());
    LogPosition start = open(store, LOBBY);
    HeardLog heard = follow(another(), start);
    append(store, LOBBY, "kept");
    heard.await(1);
    Runnable back = remember();
    append(store, LOBBY, "lost", "lost too");
    heard.await(3);

    back.run();
    append(another(), LOBBY, "other", "other too");
    append(store, LOBBY, "one more");

    List<LogPosition> gaps = heard.awaitGaps(1);
    assertThat(append(store, LOBBY, "last").offset()).isPositive();
    List<String> goesOn = read(store, gaps.get(0));
    assertThat(goesOn).endsWith("one more", "last");
    List<String> all = heard.await(3 + goesOn.size());
    assertThat(all.subList(0, 3)).isEqualTo(List.of("kept", "lost", "lost too"));
    assertThat(all.subList(3, all.size())).isEqualTo(goesOn);
    assertThat(heard.gaps()).hasSize(1);
  }

  @Test
  void whoHasHeardAsMuchAsALogHasAgainIsToldThatItIsSomethingElse() throws Exception {
    assumeTrue(canLose());
    LogPosition start = open(store, LOBBY);
    HeardLog heard = follow(another(), start);
    Runnable back = remember();
    append(store, LOBBY, "lost");
    heard.await(1);

    back.run();
    append(another(), LOBBY, "other");

    LogPosition resume = heard.awaitGaps(1).get(0);
    assertThat(heard.await(1 + read(store, resume).size())).startsWith("lost");
    assertThat(heard.gaps()).hasSize(1);
  }

  @Test
  void aPositionInWhatALogHasLostIsAGapAndOneBeforeThatIsNot() throws Exception {
    assumeTrue(canLose());
    LogPosition start = open(store, LOBBY);
    append(store, LOBBY, "kept");
    LogPosition kept = page(store, LOBBY, start, ALL).last();
    Runnable back = remember();
    append(store, LOBBY, "lost");
    LogPosition lost = page(store, LOBBY, start, ALL).last();

    back.run();
    append(store, LOBBY, "other", "other too");

    for (LogPosition known : List.of(kept, shortened(kept), start)) {
      assertThat(read(another(), known)).endsWith("other", "other too");
    }
    for (LogPosition known : List.of(lost, shortened(lost))) {
      assertThat(await(log(another()).read(LOBBY, known, ALL))).isInstanceOf(LogRead.Gap.class);
    }
    assertThat(open(store, LOBBY).contradicts(lost)).as("it is another place").isFalse();
    assertThat(page(store, LOBBY, kept, 1).last().contradicts(lost)).isTrue();
  }

  @Test
  void aCommitThatWasLostAndIsAskedForAgainIsTheSameEntryAgain() throws Exception {
    assumeTrue(canLose());
    LogPosition start = open(store, LOBBY);
    append(store, LOBBY, "kept");
    Runnable back = remember();
    KvTransaction once = transaction().appends(List.of(Bytes.utf8("again"))).build();
    await(store.commit(LOBBY, once));
    LogPosition heard = page(store, LOBBY, start, ALL).last();

    back.run();
    await(store.commit(LOBBY, once));
    append(store, LOBBY, "last");

    assertThat(read(store, start)).isEqualTo(List.of("kept", "again", "last"));
    assertThat(read(store, heard)).isEqualTo(List.of("last"));
  }

  @Test
  void allPositionsOfAnEntryHaveTheSameStampAndWithAnotherItIsAGap() throws Exception {
    reopen(FEW);
    LogPosition start = open(store, LOBBY);
    List<LogPosition> told = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      told.add(append(store, LOBBY, "first of two", "second of two"));
    }
    LogPosition oldest = start.plus(14);
    LogRead.Page page = page(another(), LOBBY, oldest, ALL);

    assertThat(page.after().stamp()).isEqualTo(told.get(6).stamp());
    assertThat(page.end().stamp()).isEqualTo(open(store, LOBBY).stamp());
    assertThat(page.end().stamp()).isEqualTo(page.last().stamp());
    assertThat(page.stamps()).doesNotContain(0L).allMatch(each -> each >= LogPosition.MIN_STAMP);
    assertThat(told.get(8).stamp()).isEqualTo(page.behind(3).stamp());
    for (int i = 0; i <= 10; i++) {
      LogPosition known = page.behind(i);
      long other = known.number() % LogPosition.MIN_STAMP == 1 ? 1 : -1;
      LogPosition wrong = new LogPosition(known.epoch(), known.offset(), known.stamp() + other);
      assertThat(read(store, known)).as("behind %d", i).hasSize(10 - i);
      assertThat(read(store, shortened(known))).as("behind %d", i).hasSize(10 - i);
      for (LogPosition each : List.of(wrong, shortened(wrong))) {
        assertThat(await(log(store).read(LOBBY, each, ALL)))
            .as("behind %d", i)
            .isInstanceOf(LogRead.Gap.class);
      }
    }
  }

  /** As a client knows it. */
  private static LogPosition shortened(LogPosition position) {
    return LogPosition.ofNumber(position.epoch(), position.number());
  }

  @Test
  void aServiceWithoutBytesLeftStillSaysWhatItSaysAndItsLogIsShorter() throws Exception {
    KvQuota quota = new KvQuota(Long.MAX_VALUE, 10_000);
    LogPosition start = open(store, LOBBY);
    HeardLog heard = follow(another(), start);
    KvWrite large = new KvWrite.Put("a", bytes(9_000), Optional.empty());
    commit(store, LOBBY, transaction().writes(List.of(large)).quota(quota));

    for (int i = 0; i < 4; i++) {
      assertThat(commit(store, LOBBY, transaction().quota(quota).appends(List.of(bytes(400)))))
          .isEqualTo(CommitResult.committed(start.plus(i + 1)));
      heard.await(i + 1);
    }

    assertThat(await(log(store).read(LOBBY, start, ALL))).isInstanceOf(LogRead.Gap.class);
    assertThat(heard.gaps()).isEmpty();
  }

  /** Follows the lobby until the test ends. */
  protected final HeardLog follow(KvStore from, LogPosition after) {
    HeardLog heard = new HeardLog(LOBBY, after);
    subscriptions.add(log(from).follow(LOBBY, after, heard));
    return heard;
  }

  /** The log of a store. */
  protected static RoomLog log(KvStore of) {
    return of.log().orElseThrow();
  }

  /** Where a room's log ends. */
  protected static LogPosition open(KvStore from, RoomAddress address) throws Exception {
    return await(log(from).open(address)).position();
  }

  /** Appends texts in one commit; gives the position of the first. */
  protected static LogPosition append(KvStore to, RoomAddress address, String... texts)
      throws Exception {
    CommitResult result =
        commit(
            to, address, transaction().appends(List.of(texts).stream().map(Bytes::utf8).toList()));
    assertThat(result).isInstanceOf(CommitResult.Committed.class);
    return ((CommitResult.Committed) result).first().orElseThrow();
  }

  /** What comes after a position of the lobby's log, which must be there. */
  protected static List<String> read(KvStore from, LogPosition after) throws Exception {
    return page(from, LOBBY, after, ALL).entries().stream().map(Bytes::utf8).toList();
  }

  private static LogRead.Page page(KvStore from, RoomAddress address, LogPosition after, int most)
      throws Exception {
    LogRead read = await(log(from).read(address, after, most));
    assertThat(read).isInstanceOf(LogRead.Page.class);
    return (LogRead.Page) read;
  }

  private static CommitResult commit(
      KvStore to, RoomAddress address, KvTransaction.Builder transaction) throws Exception {
    return await(to.commit(address, transaction.build()));
  }

  private static KvTransaction.Builder transaction() {
    return KvTransaction.builder(UUID.randomUUID().toString());
  }

  private static KvWrite put(String key, String value) {
    return new KvWrite.Put(key, Bytes.utf8(value), Optional.empty());
  }

  private static Bytes bytes(int size) {
    return Bytes.adopt(new byte[size]);
  }

  /** What a stage becomes, within a time that no sound store needs. */
  protected static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(1, TimeUnit.MINUTES);
  }

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
