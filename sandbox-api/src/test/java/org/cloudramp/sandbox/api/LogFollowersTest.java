package org.cloudramp.sandbox.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.LogFollowers;
import org.cloudramp.sandbox.api.kv.LogListener;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.cloudramp.sandbox.api.kv.LogSubscription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogFollowersTest {
  private static final RoomAddress LOBBY = RoomAddress.of("chat", "lobby");
  private static final LogPosition START = new LogPosition("one", 0);
  private static final long PLENTY = 1 << 20;

  /** A log of which a test says when it answers. */
  private static final class Log {
    private String epoch = "one";
    private long dropped;
    private final List<Bytes> entries = new ArrayList<>();
    private final List<Runnable> reads = new ArrayList<>();

    LogPosition end() {
      return new LogPosition(epoch, dropped + entries.size());
    }

    LogRead.Page append(String... texts) {
      LogPosition after = end();
      List<Bytes> added = List.of(texts).stream().map(Bytes::utf8).toList();
      entries.addAll(added);
      return LogRead.Page.atTheEnd(after, added);
    }

    void drop(int count) {
      entries.subList(0, count).clear();
      dropped += count;
    }

    void lose(String next) {
      entries.clear();
      dropped = 0;
      epoch = next;
    }

    CompletionStage<LogRead> read(RoomAddress address, LogPosition after, int most) {
      CompletableFuture<LogRead> answer = new CompletableFuture<>();
      reads.add(() -> answer.complete(answer(after, most)));
      return answer;
    }

    private LogRead answer(LogPosition after, int most) {
      if (!after.isOfSameLogAs(end()) || after.offset() < dropped) {
        return new LogRead.Gap(new LogPosition(epoch, dropped));
      }
      if (after.offset() > end().offset()) {
        return new LogRead.Gap(end());
      }
      int from = (int) (after.offset() - dropped);
      return new LogRead.Page(
          after, entries.subList(from, Math.min(entries.size(), from + most)), end());
    }

    void answerAll() {
      while (!reads.isEmpty()) {
        reads.remove(0).run();
      }
    }
  }

  /** What a follower was told, in order. */
  private static final class Told implements LogListener {
    private final List<String> lines = new ArrayList<>();
    private LogPosition next = START;

    @Override
    public void entries(RoomAddress address, LogRead.Page page) {
      assertThat(page.after()).isEqualTo(next);
      next = page.last();
      page.entries().stream().map(Bytes::utf8).forEach(lines::add);
    }

    @Override
    public void gap(RoomAddress address, LogPosition resume) {
      next = resume;
      lines.add("gap");
    }
  }

  private final Log log = new Log();
  private final Told told = new Told();
  private final LogFollowers followers = new LogFollowers(log::read, 2, "a setting", PLENTY);

  @Test
  void whatComesInOrderIsToldAtOnce() {
    follow();

    followers.offer(LOBBY, log.append("a", "b"));
    followers.offer(LOBBY, log.append("c"));

    assertThat(told.lines).containsExactly("a", "b", "c");
    assertThat(log.reads).isEmpty();
  }

  @Test
  void whatIsMissingIsReadBeforeWhatIsLaterIsTold() {
    follow();
    log.append("a");

    followers.offer(LOBBY, log.append("b"));
    followers.offer(LOBBY, log.append("c"));

    assertThat(told.lines).isEmpty();
    log.answerAll();
    assertThat(told.lines).containsExactly("a", "b", "c");
  }

  @Test
  void whatComesTwiceOrOverlapsIsToldOnce() {
    follow();
    LogRead.Page first = log.append("a");
    followers.offer(LOBBY, first);
    followers.offer(LOBBY, first);
    LogRead.Page second = log.append("b", "c");
    followers.offer(LOBBY, new LogRead.Page(START, log.entries, log.end()));
    followers.offer(LOBBY, second);
    log.answerAll();

    assertThat(told.lines).containsExactly("a", "b", "c");
  }

  @Test
  void whatWasLostWithoutASignIsFoundByACheck() {
    follow();
    log.append("a", "b");

    followers.check(LOBBY, followers.heard(LOBBY), log.end());
    log.answerAll();

    assertThat(told.lines).containsExactly("a", "b");
  }

  @Test
  void aReadThatFailsIsTriedAgainWithTheNextNewsAndNotBefore() {
    List<CompletableFuture<LogRead>> reads = new ArrayList<>();
    LogFollowers failing =
        new LogFollowers(
            (address, after, most) -> {
              CompletableFuture<LogRead> read = new CompletableFuture<>();
              reads.add(read);
              return read;
            },
            1,
            "a setting",
            PLENTY);
    failing.follow(LOBBY, START, told);
    reads.get(0).completeExceptionally(new IllegalStateException("away"));
    assertThat(reads).hasSize(1);

    failing.offer(LOBBY, log.append("a"));
    reads.get(1).completeExceptionally(new IllegalStateException("away"));
    failing.check(LOBBY, failing.heard(LOBBY), log.end());
    reads.get(2).complete(log.answer(START, 10));

    assertThat(told.lines).containsExactly("a");
  }

  @Test
  void aLogThatWasLostIsAGapAndTheNextOneIsTold() {
    follow();
    followers.offer(LOBBY, log.append("a"));
    log.lose("two");

    followers.offer(LOBBY, log.append("b"));
    log.answerAll();

    assertThat(told.lines).containsExactly("a", "gap", "b");
  }

  @Test
  void aCheckThatWasOvertakenByWhatWasHeardHasNothingRead() {
    follow();
    LogPosition heard = followers.heard(LOBBY);
    LogPosition end = log.end();
    followers.offer(LOBBY, log.append("a"));

    followers.check(LOBBY, heard, end);
    followers.offer(LOBBY, log.append("b", "c"));
    log.drop(2);
    log.answerAll();

    assertThat(told.lines).containsExactly("a", "b", "c");
  }

  @Test
  void whatTheLogHasDroppedBeforeItIsReadIsNoGapIfItWasHeardOf() {
    follow();
    LogRead.Page first = log.append("a");
    followers.offer(LOBBY, log.append("b")); // overtakes it: the log is to be read
    followers.offer(LOBBY, first);
    log.append("c");
    log.drop(2);

    log.answerAll();

    assertThat(told.lines).containsExactly("a", "b", "c");
  }

  @Test
  void whatTheLogHasDroppedAndNobodyHasHeardOfIsAGapThoughLaterNewsAreThere() {
    follow();
    log.append("a");
    followers.offer(LOBBY, log.append("b"));
    log.drop(2);
    followers.offer(LOBBY, log.append("c"));

    log.answerAll();

    assertThat(told.lines).containsExactly("gap", "c");
  }

  @Test
  void aLogThatWentBackIsAGap() {
    follow();
    followers.offer(LOBBY, log.append("a", "b"));
    log.entries.remove(1);

    followers.check(LOBBY, followers.heard(LOBBY), log.end());
    log.answerAll();
    followers.offer(LOBBY, log.append("c"));

    assertThat(told.lines).containsExactly("a", "b", "gap", "c");
  }

  @Test
  void newsThatTheLogDoesNotConfirmAreDropped() {
    follow();
    followers.offer(LOBBY, log.append("a"));

    followers.offer(LOBBY, LogRead.Page.atTheEnd(START.plus(7), List.of(Bytes.utf8("forged"))));
    followers.offer(
        LOBBY, LogRead.Page.atTheEnd(new LogPosition("never", 1), List.of(Bytes.utf8("forged"))));
    log.answerAll();
    followers.offer(LOBBY, log.append("b"));
    log.answerAll();

    assertThat(told.lines).containsExactly("a", "b");
    assertThat(log.reads).isEmpty();
  }

  /** Offsets that were given again, to others, because the log has gone back. */
  @Test
  void whatComesAfterSomethingElseThanWasToldIsAGapAndNotTold() {
    follow();
    followers.offer(LOBBY, stamped(0, 0, "a", 11));
    followers.offer(LOBBY, stamped(1, 11, "b", 12));

    followers.offer(LOBBY, stamped(2, 99, "not after b", 100));
    followers.offer(LOBBY, stamped(3, 100, "nor this", 101));
    assertThat(told.lines).containsExactly("a", "b");
    log.lose("two");
    log.append("anew");
    log.answerAll();

    assertThat(told.lines).containsExactly("a", "b", "gap", "anew");
  }

  @Test
  void whatAnotherLogOfTheSameLengthHasAtItsEndIsReadAndNotTakenForTold() {
    follow();
    followers.offer(LOBBY, stamped(0, 0, "a", 11));

    followers.offer(LOBBY, stamped(0, 0, "another a", 99));

    assertThat(log.reads).hasSize(1);
  }

  @Test
  void aLogThatEndsWithSomethingElseThanWasToldIsRead() {
    follow();
    followers.offer(LOBBY, stamped(0, 0, "a", 11));
    LogPosition heard = followers.heard(LOBBY);

    followers.check(LOBBY, heard, new LogPosition("one", 1, stamp(11)));
    assertThat(log.reads).isEmpty();
    followers.check(LOBBY, heard, new LogPosition("one", 1, stamp(99)));
    assertThat(log.reads).hasSize(1);
  }

  @Test
  void whatWasAppendedInPartAfterWhatWasToldIsToldFromThere() {
    LogPosition behindFirst = new LogPosition("one", 1, stamp(11));
    List<Bytes> two = List.of(Bytes.utf8("a"), Bytes.utf8("b"));
    LogRead.Page page = LogRead.Page.atTheEnd(START, two, stamp(11));

    assertThat(page.behind(1).contradicts(behindFirst)).isFalse();
    assertThat(page.from(1).after().stamp()).isEqualTo(stamp(11));
    assertThat(page.from(1).entries()).containsExactly(Bytes.utf8("b"));
    assertThat(page.from(1).end()).isEqualTo(START.plus(2));
  }

  private static LogRead.Page stamped(long after, long before, String text, long stamp) {
    return LogRead.Page.atTheEnd(
        new LogPosition("one", after, before == 0 ? 0 : stamp(before)),
        List.of(Bytes.utf8(text)),
        stamp(stamp));
  }

  private static long stamp(long number) {
    return LogPosition.MIN_STAMP + number;
  }

  @Test
  void whatFindsNoPlaceIsReadLater() {
    LogFollowers narrow = new LogFollowers(log::read, 1, "a setting", 200);
    narrow.follow(LOBBY, START, told);
    for (int i = 0; i < 50; i++) {
      narrow.offer(LOBBY, log.append(String.valueOf(i)));
    }
    log.answerAll();

    assertThat(told.lines).hasSize(50).startsWith("0", "1").endsWith("48", "49");
  }

  @Test
  void tellersHaveOneTaskOfARoomAtATimeAndWhatDoesNotWaitForThemIsReadLater() {
    List<Runnable> tasks = new ArrayList<>();
    LogFollowers handedOn = new LogFollowers(log::read, 1, "a setting", 200, tasks::add);
    handedOn.follow(LOBBY, START, told);
    log.answerAll();
    for (int i = 0; i < 50; i++) {
      handedOn.offer(LOBBY, log.append(String.valueOf(i)));
    }
    log.answerAll();
    assertThat(tasks).hasSize(1);
    assertThat(told.lines).isEmpty();

    while (!tasks.isEmpty()) {
      tasks.remove(0).run();
      log.answerAll();
    }

    assertThat(told.lines).hasSize(50).startsWith("0", "1").endsWith("48", "49");
  }

  @Test
  void noMoreAreFollowedThanMayBe() {
    follow();
    LogSubscription second = followers.follow(RoomAddress.of("chat", "two"), START, told);

    assertThatThrownBy(() -> followers.follow(RoomAddress.of("chat", "three"), START, told))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.QUOTA))
        .hasMessageContainingAll("chat/three", "a setting");
    second.close();
    second.close();
    followers.follow(RoomAddress.of("chat", "three"), START, told).close();
    assertThat(followers.isFollowed(LOBBY)).isTrue();
    assertThat(followers.isFollowed(RoomAddress.of("chat", "two"))).isFalse();
  }

  @Test
  void howFarTheFurthestHasGotIsKnown() {
    assertThat(followers.heard(LOBBY)).isEqualTo(LogPosition.none());
    follow();
    followers.offer(LOBBY, log.append("a", "b"));

    assertThat(followers.heard(LOBBY)).isEqualTo(START.plus(2));
  }

  @Test
  void aPositionThatTheLogHasNotConfirmedIsNotWhatWasHeard() {
    followers.follow(LOBBY, START.plus(1_000), told);
    assertThat(followers.heard(LOBBY)).isEqualTo(LogPosition.none());

    log.answerAll();

    assertThat(followers.heard(LOBBY)).isEqualTo(START);
    assertThat(told.lines).containsExactly("gap");
  }

  /** News that are lost, late, double, and in any order; logs that are trimmed, lost, slow. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whateverBecomesOfTheNewsNothingIsToldTwiceOrOutOfOrderOrMissedInSilence(long seed) {
    Random random = new Random(seed);
    follow();
    List<LogRead.Page> underWay = new ArrayList<>();
    int appended = 0;
    int epochs = 0;
    for (int step = 0; step < 5_000; step++) {
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3 -> underWay.add(log.append("%06d".formatted(appended++)));
        case 4, 5, 6 -> {
          if (!underWay.isEmpty()) {
            int which = random.nextInt(4) == 0 ? random.nextInt(underWay.size()) : 0;
            followers.offer(
                LOBBY, random.nextInt(5) == 0 ? underWay.get(which) : underWay.remove(which));
          }
        }
        case 7 -> {
          if (!underWay.isEmpty()) {
            underWay.remove(0);
          }
        }
        case 8, 9 -> {
          if (!log.reads.isEmpty()) {
            log.reads.remove(0).run();
          }
        }
        case 10 -> followers.check(LOBBY, followers.heard(LOBBY), log.end());
        default -> {
          if (random.nextInt(20) == 0) {
            log.lose("epoch-" + epochs++);
          } else if (log.entries.size() > 40) {
            log.drop(10);
          }
        }
      }
    }
    followers.check(LOBBY, followers.heard(LOBBY), log.end());
    log.answerAll();

    assertThat(told.next).isEqualTo(log.end());
    List<String> entries = told.lines.stream().filter(line -> !line.equals("gap")).toList();
    assertThat(entries).isSorted().doesNotHaveDuplicates();
    assertThat(entries.size()).isGreaterThan(appended / 4);
    assertThat(told.lines.size() > entries.size() || entries.size() == appended).isTrue();
  }

  /** Follows the lobby; the log answers at first that it is empty. */
  private void follow() {
    followers.follow(LOBBY, START, told);
    log.answerAll();
  }
}
