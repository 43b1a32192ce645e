package org.cloudramp.sandbox.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.RoomLoop;
import org.cloudramp.sandbox.core.pause.Pauses;
import org.junit.jupiter.api.Test;

/** Where turns run. The loop and the workers run what they are given when the test says so. */
class TurnSchedulerTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final ServiceId GAME = new ServiceId("game");

  private static final long MICRO = TimeUnit.MICROSECONDS.toNanos(1);
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final AtomicLong clock = new AtomicLong();
  private final Pauses pauses = new Pauses(clock::get, () -> 0);
  private final ArrayDeque<Runnable> threads = new ArrayDeque<>();
  private final Loop loop = new Loop();
  private final List<String> ran = new ArrayList<>();
  private final TurnScheduler scheduler =
      new TurnScheduler(
          new ServiceScheduler(threads::add, 4, 0, 4, clock::get, pauses), clock::get, pauses);

  /** Runs turns as a loop does, one after the other. */
  private static final class Loop implements RoomLoop {
    private final ArrayDeque<Turn> turns = new ArrayDeque<>();
    private final ArrayDeque<Runnable> posted = new ArrayDeque<>();
    private boolean isOpen = true;

    /** Whether the test is another thread, whose tasks wait until the loop gets to them. */
    private boolean isElsewhere;

    @Override
    public boolean takesTurns() {
      return isOpen;
    }

    @Override
    public void execute(Runnable task) {
      if (isElsewhere) {
        posted.add(task);
      } else {
        task.run();
      }
    }

    @Override
    public void enqueue(Runnable task) {
      if (posted.isEmpty()) {
        execute(task);
      } else {
        posted.add(task);
      }
    }

    @Override
    public void execute(Turn turn) {
      turns.add(turn);
    }

    void runPosted() {
      while (!posted.isEmpty()) {
        posted.remove().run();
      }
    }

    void runAll() {
      while (!turns.isEmpty()) {
        Turn turn = turns.remove();
        turn.run();
        turn.ended();
      }
    }
  }

  private void runWorkers() {
    while (!threads.isEmpty()) {
      threads.remove().run();
    }
  }

  private Runnable turn(String name, long nanos) {
    return () -> {
      clock.addAndGet(nanos);
      ran.add(name);
    };
  }

  /** A line whose service has shown that its turns are short. */
  private TurnScheduler.Line knownAsShort(ServiceId service) {
    TurnScheduler.Line line = scheduler.line(service, loop);
    showToBeShort(line);
    ran.clear();
    return line;
  }

  /** Runs as many short turns as it takes to be trusted with a loop. */
  private void showToBeShort(TurnScheduler.Line line) {
    for (int i = 0; i < 65; i++) {
      line.execute(turn("", 10 * MICRO));
      runWorkers();
      loop.runAll();
    }
  }

  @Test
  void aServiceRunsOnWorkersUntilItsTurnsHaveShownToBeShort() {
    TurnScheduler.Line line = scheduler.line(CHAT, loop);

    line.execute(turn("first", 10 * MICRO));

    assertThat(loop.turns).isEmpty();
    runWorkers();
    assertThat(ran).containsExactly("first");
    knownAsShort(CHAT).execute(turn("later", 10 * MICRO));
    assertThat(loop.turns).hasSize(1);
  }

  @Test
  void aServiceWhoseTurnsTakeLongGoesBackToWorkers() {
    TurnScheduler.Line line = knownAsShort(CHAT);
    for (int i = 0; i < 20; i++) {
      line.execute(turn("long", MILLI));
      loop.runAll();
      runWorkers();
    }

    line.execute(turn("last", MILLI));

    assertThat(loop.turns).isEmpty();
    assertThat(threads).hasSize(1);
  }

  @Test
  void withoutALoopEverythingRunsOnWorkers() {
    knownAsShort(CHAT);

    scheduler.line(CHAT, null).execute(turn("x", MICRO));

    assertThat(threads).hasSize(1);
  }

  @Test
  void whatFollowsOnATurnOnALoopWaitsUntilAllOfItIsOnItsWay() {
    TurnScheduler.Line line = knownAsShort(CHAT);
    line.execute(() -> line.whenOnItsWay(() -> ran.add("next")));

    RoomLoop.Turn turn = loop.turns.remove();
    turn.run();
    assertThat(ran).isEmpty();
    turn.ended();

    assertThat(ran).containsExactly("next");
  }

  @Test
  void whatFollowsOnATurnOnAWorkerFollowsAtOnce() {
    TurnScheduler.Line line = scheduler.line(CHAT, loop);
    line.execute(
        () -> {
          line.whenOnItsWay(() -> ran.add("next"));
          ran.add("end");
        });

    runWorkers();

    assertThat(ran).containsExactly("next", "end");
  }

  @Test
  void aTurnThatComesFromAWorkerWaitsBehindWhatTheTurnBeforeHasPosted() {
    TurnScheduler.Line busy = knownAsShort(GAME);
    TurnScheduler.Line line = knownAsShort(CHAT);
    busy.execute(turn("busy", MICRO));
    loop.isElsewhere = true;
    loop.execute(() -> ran.add("sent by the turn before"));
    line.execute(turn("turn", MICRO));
    loop.isElsewhere = false;

    loop.runAll();
    loop.runPosted();
    loop.runAll();

    assertThat(ran).containsExactly("busy", "sent by the turn before", "turn");
  }

  @Test
  void aTurnThatComesFromTheLoopWaitsBehindWhatTheTurnBeforeHasPostedFromAWorker() {
    TurnScheduler.Line line = knownAsShort(CHAT);
    loop.isElsewhere = true;
    loop.execute(() -> ran.add("sent by the turn before"));
    loop.isElsewhere = false;
    line.execute(turn("turn", MICRO));

    loop.runAll();
    loop.runPosted();
    loop.runAll();

    assertThat(ran).containsExactly("sent by the turn before", "turn");
  }

  @Test
  void theLoopIsHandedOneTurnAtATimeOfWhoeverHasHadLeast() {
    TurnScheduler.Line greedy = knownAsShort(CHAT);
    TurnScheduler.Line modest = knownAsShort(GAME);
    for (int i = 0; i < 3; i++) {
      scheduler.line(CHAT, loop).execute(turn("greedy", 100 * MICRO));
    }
    modest.execute(turn("modest", 10 * MICRO));
    scheduler.line(GAME, loop).execute(turn("modest", 10 * MICRO));
    assertThat(loop.turns).hasSize(1);

    loop.runAll();

    assertThat(ran).containsExactly("greedy", "modest", "modest", "greedy", "greedy");
    assertThat(greedy).isNotNull();
  }

  @Test
  void whoOverstaysLeavesTheLoopToOthersAndRunsOnWorkersForAWhile() {
    TurnScheduler.Line slow = knownAsShort(CHAT);
    TurnScheduler.Line other = knownAsShort(GAME);
    slow.execute(() -> slow.whenOnItsWay(() -> ran.add("slow has ended")));
    other.execute(turn("other", 10 * MICRO));

    RoomLoop.Turn late = loop.turns.remove();
    late.run();
    late.overstayed();
    loop.runAll();
    assertThat(ran).containsExactly("other");
    late.ended();
    assertThat(ran).containsExactly("other", "slow has ended");

    slow.execute(turn("again", 10 * MICRO));
    assertThat(loop.turns).as("while it is out").isEmpty();
    runWorkers();
    clock.addAndGet(11 * MILLI);
    slow.execute(turn("not yet", 10 * MICRO));
    assertThat(loop.turns).as("before it has shown to be short").isEmpty();
    showToBeShort(slow);
    slow.execute(turn("back", 10 * MICRO));
    assertThat(loop.turns).as("when it has").hasSize(1);
  }

  @Test
  void whoeverIsShortAgainIsStillOutForAsLongAsItsStrikesSay() {
    TurnScheduler.Line slow = knownAsShort(CHAT);
    for (int i = 0; i < 2; i++) {
      slow.execute(turn("slow", MICRO));
      RoomLoop.Turn late = loop.turns.remove();
      late.overstayed();
      late.ended();
      clock.addAndGet(11 * MILLI);
      showToBeShort(slow);
    }

    slow.execute(turn("out", MICRO));
    assertThat(loop.turns).isEmpty();
    clock.addAndGet(40 * MILLI);
    slow.execute(turn("back", MICRO));
    assertThat(loop.turns).hasSize(1);
  }

  @Test
  void afterAFewTurnsOfNewRoomsNobodyKnowsWhetherAServiceIsShort() {
    TurnScheduler.Line line = scheduler.line(CHAT, loop);
    for (int i = 0; i < 32; i++) {
      line.execute(turn("", 10 * MICRO));
      runWorkers();
    }

    line.execute(turn("next", 10 * MICRO));

    assertThat(loop.turns).isEmpty();
  }

  @Test
  void turnsThatWereLeftBehindCountAmongThoseThatRun() {
    List<RoomLoop.Turn> late = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      knownAsShort(new ServiceId("slow" + i)).execute(turn("slow", MICRO));
      RoomLoop.Turn turn = loop.turns.remove();
      turn.overstayed();
      late.add(turn);
    }
    scheduler.line(GAME, loop).execute(turn("new", MICRO));
    assertThat(threads).as("four run, and no more may").isEmpty();

    late.get(0).ended();
    assertThat(threads).as("one has returned").hasSize(1);

    runWorkers();
    assertThat(ran).contains("new");
  }

  @Test
  void whoOverstaysAgainIsOutForFourTimesAsLongEachTime() {
    Strikes strikes = new Strikes();
    long[] expected = {10, 40, 160, 640, 2_560, 10_000, 10_000};
    for (long millis : expected) {
      strikes.add(clock.get());
      clock.addAndGet(millis * MILLI - 1);
      assertThat(strikes.isOut(clock::get)).as("just before %d ms", millis).isTrue();
      clock.addAndGet(1);
      assertThat(strikes.isOut(clock::get)).as("after %d ms", millis).isFalse();
    }
  }

  @Test
  void aStrikeIsForgottenAfterTenSeconds() {
    Strikes strikes = new Strikes();
    strikes.add(clock.get());
    strikes.add(clock.get());
    clock.addAndGet(TimeUnit.SECONDS.toNanos(21));

    strikes.add(clock.get());

    clock.addAndGet(10 * MILLI);
    assertThat(strikes.isOut(clock::get)).isFalse();
  }

  @Test
  void theOtherRoomsOfAServiceThatOverstaysRunOnWorkersToo() {
    TurnScheduler.Line slow = knownAsShort(CHAT);
    slow.execute(turn("slow", MICRO));
    scheduler.line(CHAT, loop).execute(turn("waits behind it", MICRO));

    loop.turns.remove().overstayed();
    scheduler.line(CHAT, loop).execute(turn("comes later", MICRO));

    assertThat(loop.turns).isEmpty();
    runWorkers();
    assertThat(ran).containsExactlyInAnyOrder("waits behind it", "comes later");
  }

  @Test
  void aServiceWhoseTurnHasNotReturnedRunsOnWorkersHoweverLongThatTakes() {
    TurnScheduler.Line slow = knownAsShort(CHAT);
    slow.execute(turn("slow", MICRO));
    RoomLoop.Turn late = loop.turns.remove();
    late.overstayed();

    clock.addAndGet(500 * MILLI);
    scheduler.line(CHAT, loop).execute(turn("meanwhile", MICRO));
    assertThat(loop.turns).isEmpty();
    showToBeShort(scheduler.line(CHAT, loop));
    scheduler.line(CHAT, loop).execute(turn("meanwhile, and known", MICRO));
    assertThat(loop.turns).isEmpty();
    runWorkers();

    late.ended();
    scheduler.line(CHAT, loop).execute(turn("after it", MICRO));
    assertThat(loop.turns).hasSize(1);
  }

  @Test
  void whatWaitsForALoopThatTakesNoTurnsAnyMoreRunsOnWorkers() {
    TurnScheduler.Line first = knownAsShort(CHAT);
    first.execute(turn("first", MICRO));
    scheduler.line(CHAT, loop).execute(turn("second", MICRO));
    scheduler.line(GAME, loop).execute(turn("third", MICRO));
    loop.isOpen = false;

    loop.runAll();
    runWorkers();

    assertThat(ran).containsExactlyInAnyOrder("first", "second", "third");
  }

  @Test
  void whatAServiceHasHadOnALoopCountsOnWorkersToo() {
    TurnScheduler.Line chat = knownAsShort(CHAT);
    TurnScheduler.Line game = knownAsShort(GAME);
    for (int i = 0; i < 50; i++) {
      chat.execute(turn("", 100 * MICRO));
      game.execute(turn("", MICRO));
      loop.runAll();
    }
    scheduler.line(CHAT, null).execute(turn("chat", MICRO));
    scheduler.line(GAME, null).execute(turn("game", MICRO));
    Runnable one = threads.remove();
    threads.clear(); // one thread is all there is

    one.run();

    assertThat(ran.subList(ran.size() - 2, ran.size())).containsExactly("game", "chat");
  }
}
