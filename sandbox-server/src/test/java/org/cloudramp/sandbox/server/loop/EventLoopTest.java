package org.cloudramp.sandbox.server.loop;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.RoomLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventLoopTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final EventLoops loops = new EventLoops(1);
  private final EventLoop loop =
      (EventLoop) loops.of(new RoomAddress(new ServiceId("chat"), new RoomId("lobby")));
  private final List<String> ran = new CopyOnWriteArrayList<>();

  @AfterEach
  void end() {
    loops.close();
  }

  /** A turn that does something, and notes how it went. */
  private final class NotedTurn implements RoomLoop.Turn {
    private final String name;
    private final Runnable work;

    NotedTurn(String name, Runnable work) {
      this.name = name;
      this.work = work;
    }

    @Override
    public void run() {
      work.run();
      ran.add(name);
    }

    @Override
    public void overstayed() {
      ran.add(name + " overstays");
    }

    @Override
    public void ended() {
      ran.add(name + " ends");
    }
  }

  private void run(String name, Runnable work) {
    loop.execute(new NotedTurn(name, work));
  }

  private void awaitRan(String what) {
    await().atMost(PATIENCE).until(() -> ran.contains(what));
  }

  /** Holds its thread until the latch is open, whoever interrupts it. */
  private static void hold(CountDownLatch latch) {
    boolean interrupted = true;
    while (interrupted) {
      try {
        latch.await();
        interrupted = false;
      } catch (InterruptedException e) {
        // not yet
      }
    }
  }

  @Test
  void whatATurnAsksForIsDoneWhenItHasReturnedAndBeforeItEnds() {
    run(
        "turn",
        () -> {
          loop.execute(() -> ran.add("first"));
          loop.execute(() -> ran.add("second"));
          ran.add("in the turn");
        });

    awaitRan("turn ends");
    assertThat(ran).containsExactly("in the turn", "turn", "first", "second", "turn ends");
  }

  @Test
  void aTurnThatDoesNotReturnIsLeftBehindAndWhatItAsksForIsDoneWhenItDoes() {
    CountDownLatch latch = new CountDownLatch(1);
    AtomicReference<Thread> slowThread = new AtomicReference<>();
    run(
        "slow",
        () -> {
          slowThread.set(Thread.currentThread());
          loop.execute(() -> ran.add("asked by slow"));
          hold(latch);
        });
    awaitRan("slow overstays");

    run("other", () -> {});
    awaitRan("other ends");
    assertThat(ran).containsExactly("slow overstays", "other", "other ends");
    latch.countDown();

    awaitRan("slow ends");
    assertThat(ran)
        .containsExactly(
            "slow overstays", "other", "other ends", "slow", "asked by slow", "slow ends");
    await().atMost(PATIENCE).until(() -> !requireNonNull(slowThread.get()).isAlive());
    assertThat(loops.overstaying()).isZero();
    assertThat(loops.statistics().get(0).takeovers()).isEqualTo(1);
  }

  @Test
  void whatOneThreadHandsInIsDoneInThatOrder() throws Exception {
    List<Integer> seen = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      int number = i;
      loop.execute(() -> seen.add(number));
    }
    CountDownLatch done = new CountDownLatch(1);
    loop.execute(done::countDown);
    done.await();

    assertThat(seen).hasSize(10_000).isSorted();
  }

  @Test
  void aRoundOfEachLoopIsOverWhenNoneIsHeldUp() throws Exception {
    CountDownLatch latch = new CountDownLatch(1);
    loop.execute(() -> hold(latch));

    CompletableFuture<Void> round = loops.roundOfEach().toCompletableFuture();
    assertThat(round).isNotDone();
    latch.countDown();

    assertThat(round).succeedsWithin(PATIENCE);
  }

  @Test
  void whatTheLoopEnqueuesComesAfterWhatAnotherThreadHasHandedInBefore() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch handedIn = new CountDownLatch(1);
    loop.execute(
        () -> {
          begun.countDown();
          hold(handedIn);
          loop.enqueue(() -> ran.add("enqueued by the loop"));
        });
    begun.await();

    loop.execute(() -> ran.add("handed in before"));
    handedIn.countDown();

    awaitRan("enqueued by the loop");
    assertThat(ran).containsExactly("handed in before", "enqueued by the loop");
  }

  @Test
  void whatTheLoopEnqueuesIsDoneAtOnceIfNobodyHasHandedInAnything() {
    loop.execute(
        () -> {
          loop.enqueue(() -> ran.add("enqueued"));
          ran.add("goes on");
        });

    awaitRan("goes on");
    assertThat(ran).containsExactly("enqueued", "goes on");
  }

  @Test
  void whatATurnAsksForByTheHundredThousandIsDoneInOrderBeforeItEnds() {
    AtomicInteger next = new AtomicInteger();
    AtomicInteger misplaced = new AtomicInteger();
    run(
        "turn",
        () -> {
          for (int i = 0; i < 300_000; i++) {
            int number = i;
            loop.execute(
                () -> {
                  if (next.getAndIncrement() != number) {
                    misplaced.incrementAndGet();
                  }
                });
          }
        });

    awaitRan("turn ends");
    assertThat(next).hasValue(300_000);
    assertThat(misplaced).hasValue(0);
  }

  @Test
  void aLoopThatIsFullOfTurnsThatDoNotReturnTakesNoMoreUntilTheyDo() {
    CountDownLatch latch = new CountDownLatch(1);
    for (int i = 0; i < 8; i++) {
      await().atMost(PATIENCE).until(loop::takesTurns);
      String name = "slow " + i;
      run(name, () -> hold(latch));
      awaitRan(name + " overstays");
    }

    assertThat(loop.takesTurns()).isFalse();
    loop.execute(() -> ran.add("sockets go on"));
    awaitRan("sockets go on");
    latch.countDown();

    await().atMost(PATIENCE).until(loop::takesTurns);
    await().atMost(PATIENCE).until(() -> loops.overstaying() == 0);
  }

  @Test
  void noLoopIsStuckWhenAllOfThemOverstayAtOnceWithTheLastTurnsThatTheyMayTake() {
    CountDownLatch latch = new CountDownLatch(1);
    try (EventLoops two = new EventLoops(2)) {
      List<EventLoop> both = bothOf(two);
      for (int i = 0; i < 7; i++) {
        both.get(0).execute(new NotedTurn("slow" + i, () -> hold(latch)));
        awaitRan("slow" + i + " overstays");
      }
      CountDownLatch taken = new CountDownLatch(2);
      for (EventLoop each : both) {
        assertThat(each.takesTurns()).isTrue();
        each.execute(
            new NotedTurn(
                "last of " + both.indexOf(each),
                () -> {
                  taken.countDown();
                  hold(taken); // both begin before one overstays, more or less
                  hold(latch);
                }));
      }

      awaitRan("last of 0 overstays");
      awaitRan("last of 1 overstays");
      assertThat(both.get(0).takesTurns()).isFalse();
      latch.countDown();
      await().atMost(PATIENCE).until(() -> two.overstaying() == 0);
      assertThat(both.get(0).takesTurns()).isTrue();
    }
  }

  private static List<EventLoop> bothOf(EventLoops two) {
    return Stream.iterate(0, i -> i + 1)
        .map(i -> new RoomAddress(new ServiceId("chat"), new RoomId("room" + i)))
        .map(room -> (EventLoop) two.of(room))
        .distinct()
        .limit(2)
        .toList();
  }

  @Test
  void aTurnThatThrowsOrIsInterruptedDoesNotStopTheLoop() {
    run(
        "broken",
        () -> {
          throw new AssertionError("a defect");
        });
    run("interrupted", () -> Thread.currentThread().interrupt());
    run("last", () -> ran.add(Thread.currentThread().isInterrupted() ? "still" : "not any more"));

    awaitRan("last ends");
    assertThat(ran).contains("broken ends", "interrupted ends", "not any more");
  }

  @Test
  void turnsHaveTheStackThatTheEnginesAreMadeFor() {
    run("deep", () -> assertThat(depth(0)).isGreaterThan(10_000));

    awaitRan("deep");
  }

  @SuppressWarnings("InfiniteRecursion") // until there is no stack left
  private static int depth(int depth) {
    try {
      return depth(depth + 1);
    } catch (StackOverflowError e) {
      return depth;
    }
  }

  @Test
  void roomsAreSpreadOverLoopsAndEachStaysOnItsOwn() {
    try (EventLoops two = new EventLoops(2)) {
      List<RoomLoop> of = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        RoomAddress room = new RoomAddress(new ServiceId("chat"), new RoomId("room-" + i));
        assertThat(two.of(room)).isSameAs(two.of(room));
        of.add(two.of(room));
      }
      assertThat(of.stream().distinct()).hasSize(2);
      long first = of.stream().filter(l -> l == of.get(0)).count();
      assertThat(first).isBetween(25L, 75L);
    }
  }
}
