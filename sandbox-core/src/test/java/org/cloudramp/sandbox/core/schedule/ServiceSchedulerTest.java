package org.cloudramp.sandbox.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.ServiceId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ServiceSchedulerTest {
  private static final ServiceId SLOW = new ServiceId("slow");
  private static final ServiceId QUICK = new ServiceId("quick");

  private final ExecutorService workers = Executors.newFixedThreadPool(4);
  private final ServiceScheduler scheduler = new ServiceScheduler(workers, 4, 2, System::nanoTime);

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

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
