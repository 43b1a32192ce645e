package org.cloudramp.sandbox.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.pause.Pauses;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ServiceSchedulerTest {
  private static final ServiceId SLOW = new ServiceId("slow");
  private static final ServiceId QUICK = new ServiceId("quick");

  private final AtomicLong clock = new AtomicLong();
  private final AtomicLong collections = new AtomicLong();
  private final Pauses pauses = new Pauses(clock::get, collections::get);
  private final ExecutorService workers = Executors.newFixedThreadPool(5);
  private final ServiceScheduler scheduler =
      new ServiceScheduler(workers, 4, 1, 2, System::nanoTime, pauses);

  @AfterEach
  void end() {
    workers.shutdownNow();
  }

  @Test
  void leavesWorkersToOthersWhileOneServiceIsSlow() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch slowEnded = new CountDownLatch(10);
    CountDownLatch quickEnded = new CountDownLatch(1);
    for (int i = 0; i < 10; i++) {
      scheduler.execute(
          SLOW,
          () -> {
            awaitQuietly(go);
            slowEnded.countDown();
          });
    }

    scheduler.execute(QUICK, quickEnded::countDown);

    assertThat(quickEnded.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(slowEnded.getCount()).isEqualTo(10);
    go.countDown();
    assertThat(slowEnded.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void runsEveryTaskAndNeverMoreOfOneServiceThanItHasLanes() throws Exception {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch ended = new CountDownLatch(2_000);
    for (int i = 0; i < 2_000; i++) {
      scheduler.execute(
          SLOW,
          () -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            running.decrementAndGet();
            ended.countDown();
          });
    }

    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(most).hasValueBetween(1, 2);
  }

  @Test
  void aServiceThatAsksForLittleIsNotHeldUpByMany() throws Exception {
    ServiceScheduler scheduler = new ServiceScheduler(workers, 4, 1, 2, clock::get, pauses);
    CountDownLatch go = new CountDownLatch(1);
    // Each of these services has used much time already.
    for (int i = 0; i < 20; i++) {
      used(scheduler, new ServiceId("slow-" + i), 1_000_000_000L);
    }
    for (int i = 0; i < 20; i++) {
      scheduler.execute(new ServiceId("slow-" + i), () -> awaitQuietly(go));
    }
    CountDownLatch quickEnded = new CountDownLatch(1);

    scheduler.execute(QUICK, quickEnded::countDown);

    assertThat(quickEnded.await(20, TimeUnit.SECONDS)).isTrue();
    go.countDown();
  }

  @Test
  void aServiceWhoseTasksAreShortIsNotHeldUpByManyThatBeginToBeSlow() throws Exception {
    ServiceScheduler scheduler = new ServiceScheduler(workers, 4, 1, 2, clock::get, pauses);
    CountDownLatch go = new CountDownLatch(1);
    for (int i = 0; i < 20; i++) {
      runShort(scheduler, new ServiceId("slow-" + i), 12);
    }
    runShort(scheduler, QUICK, 100);
    for (int i = 0; i < 20; i++) {
      scheduler.execute(new ServiceId("slow-" + i), () -> awaitQuietly(go));
    }

    runShort(scheduler, QUICK, 100);

    go.countDown();
  }

  @Test
  void aServiceThatIsSlowNowAndThenIsKnownNoMore() throws Exception {
    ServiceScheduler scheduler = new ServiceScheduler(workers, 4, 1, 2, clock::get, pauses);
    runShort(scheduler, SLOW, 100);
    for (int i = 0; i < 3; i++) {
      used(scheduler, SLOW, 30_000_000);
    }
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(5);
    for (int i = 0; i < 2; i++) {
      for (ServiceId service : List.of(SLOW, new ServiceId("a"), new ServiceId("b"))) {
        scheduler.execute(
            service,
            () -> {
              begun.countDown();
              awaitQuietly(go);
            });
      }
    }

    assertThat(begun.await(200, TimeUnit.MILLISECONDS)).as("the fifth thread").isFalse();
    go.countDown();
  }

  @Test
  void aServiceIsNotSlowBecauseTheProcessStoodStillInItsTasks() throws Exception {
    try (Pauses watched = new Pauses(clock::get, collections::get).start()) {
      ServiceScheduler scheduler = new ServiceScheduler(workers, 4, 1, 2, clock::get, watched);
      for (int i = 0; i < 20; i++) {
        runShort(scheduler, new ServiceId("slow-" + i), 12);
      }
      runShort(scheduler, QUICK, 100);
      for (int i = 0; i < 8; i++) {
        scheduler.runOnCaller(
            QUICK,
            () -> {
              clock.addAndGet(50_000_000);
              collections.addAndGet(49_000_000);
            });
      }
      CountDownLatch go = new CountDownLatch(1);
      for (int i = 0; i < 20; i++) {
        scheduler.execute(new ServiceId("slow-" + i), () -> awaitQuietly(go));
      }

      runShort(scheduler, QUICK, 100);

      go.countDown();
    }
  }

  private static void runShort(ServiceScheduler scheduler, ServiceId service, int times)
      throws Exception {
    CountDownLatch ended = new CountDownLatch(times);
    for (int i = 0; i < times; i++) {
      scheduler.execute(service, ended::countDown);
    }
    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void theServiceThatHasHadLeastIsNext() throws Exception {
    ExecutorService one = Executors.newSingleThreadExecutor();
    try {
      ServiceScheduler scheduler = new ServiceScheduler(one, 1, 0, 1, clock::get, pauses);
      List<String> order = new CopyOnWriteArrayList<>();
      CountDownLatch go = new CountDownLatch(1);
      CountDownLatch ended = new CountDownLatch(6);
      scheduler.execute(new ServiceId("first"), () -> awaitQuietly(go));
      for (int i = 0; i < 3; i++) {
        scheduler.execute(SLOW, () -> note(order, "slow", ended, 2_000));
      }
      for (int i = 0; i < 3; i++) {
        scheduler.execute(QUICK, () -> note(order, "quick", ended, 1_000));
      }

      go.countDown();

      assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(order).containsExactly("slow", "quick", "quick", "slow", "quick", "slow");
    } finally {
      one.shutdownNow();
    }
  }

  @Test
  void aTaskThatThrowsEndsAlone() throws Exception {
    CountDownLatch ended = new CountDownLatch(100);
    for (int i = 0; i < 100; i++) {
      scheduler.execute(
          SLOW,
          () -> {
            ended.countDown();
            throw new OutOfMemoryError("of this test");
          });
    }

    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aTaskThatIsLastOfAnotherRunsAlsoIfTheCallerIsNoTask() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);

    scheduler.executeLast(SLOW, ended::countDown);

    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void timeOnALentThreadIsTheServicesToo() throws Exception {
    List<String> order = afterTimeOnALentThread(TimeUnit.MILLISECONDS.toNanos(300));

    assertThat(order).containsExactly("quick", "quick", "quick", "slow", "slow", "slow");
  }

  @Test
  void timeOnALentThreadPutsAServiceBackByHalfASecondAtMost() throws Exception {
    List<String> order = afterTimeOnALentThread(TimeUnit.HOURS.toNanos(1));

    assertThat(order).containsExactly("quick", "quick", "slow", "quick", "slow", "slow");
  }

  /** The order of three tasks of 300 ms each of two services, of which one has run elsewhere. */
  private List<String> afterTimeOnALentThread(long nanos) throws Exception {
    ExecutorService one = Executors.newSingleThreadExecutor();
    try {
      ServiceScheduler scheduler = new ServiceScheduler(one, 1, 0, 1, clock::get, pauses);
      List<String> order = new CopyOnWriteArrayList<>();
      CountDownLatch go = new CountDownLatch(1);
      CountDownLatch ended = new CountDownLatch(6);
      scheduler.execute(new ServiceId("first"), () -> awaitQuietly(go));
      long taken = Math.min(nanos / 3, TimeUnit.MILLISECONDS.toNanos(300));
      scheduler.runOnCaller(SLOW, () -> clock.addAndGet(nanos));
      for (int i = 0; i < 3; i++) {
        scheduler.execute(SLOW, () -> note(order, "slow", ended, taken));
        scheduler.execute(QUICK, () -> note(order, "quick", ended, taken));
      }

      go.countDown();

      assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
      return order;
    } finally {
      one.shutdownNow();
    }
  }

  @Test
  void whatAServiceHasHadElsewhereLongAgoPutsItBehindNobody() throws Exception {
    ExecutorService one = Executors.newSingleThreadExecutor();
    try {
      ServiceScheduler scheduler = new ServiceScheduler(one, 1, 0, 1, clock::get, pauses);
      // A millisecond of each fifty, for a minute.
      for (int i = 0; i < 1_200; i++) {
        clock.addAndGet(50_000_000);
        scheduler.charge(QUICK, 1_000_000);
      }
      List<String> order = new CopyOnWriteArrayList<>();
      CountDownLatch go = new CountDownLatch(1);
      CountDownLatch ended = new CountDownLatch(41);
      scheduler.execute(new ServiceId("first"), () -> awaitQuietly(go));
      for (int i = 0; i < 40; i++) {
        ServiceId newcomer = new ServiceId("new-" + i / 2);
        scheduler.execute(newcomer, () -> note(order, "new", ended, 50_000_000));
      }
      scheduler.execute(QUICK, () -> note(order, "quick", ended, 1_000));

      go.countDown();

      assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(order.indexOf("quick")).isZero();
    } finally {
      one.shutdownNow();
    }
  }

  @Test
  void aServiceThatIsKnownStaysSoHoweverManyStrangersCome() throws Exception {
    ExecutorService one = Executors.newSingleThreadExecutor();
    try {
      ServiceScheduler scheduler = new ServiceScheduler(one, 1, 0, 1, clock::get, pauses);
      for (int i = 0; i < 100; i++) {
        used(scheduler, QUICK, 1_000);
      }
      for (int i = 0; i < 30_000; i++) {
        used(scheduler, new ServiceId("stranger-" + i), 1_000);
      }
      List<String> order = new CopyOnWriteArrayList<>();
      CountDownLatch go = new CountDownLatch(1);
      CountDownLatch ended = new CountDownLatch(21);
      scheduler.execute(new ServiceId("first"), () -> awaitQuietly(go));
      for (int i = 0; i < 20; i++) {
        scheduler.execute(new ServiceId("new-" + i), () -> note(order, "new", ended, 50_000_000));
      }
      scheduler.execute(QUICK, () -> note(order, "quick", ended, 1_000));

      go.countDown();

      assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(order.indexOf("quick")).isZero();
    } finally {
      one.shutdownNow();
    }
  }

  @Test
  void servicesThatAreIdleAreForgotten() {
    ServiceScheduler scheduler =
        new ServiceScheduler(Runnable::run, 1, 0, 1, System::nanoTime, pauses);
    for (int i = 0; i < 30_000; i++) {
      scheduler.execute(new ServiceId("s" + i), () -> {});
    }

    assertThat(scheduler.remembered()).isLessThan(12_000);
  }

  /** Lets a service use time, which is counted when this returns. */
  private void used(ServiceScheduler scheduler, ServiceId service, long nanos) {
    scheduler.runOnCaller(service, () -> clock.addAndGet(nanos));
  }

  private void note(List<String> order, String name, CountDownLatch ended, long nanos) {
    order.add(name);
    clock.addAndGet(nanos);
    ended.countDown();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
