package org.cloudramp.sandbox.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

class WatchdogTest {
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  @Test
  void whoWaitsForALockOfAnotherIsToldFromWhoSleeps() throws Exception {
    ReentrantLock lock = new ReentrantLock();
    Object monitor = new Object();
    Thread atLock = new Thread(lock::lock);
    Thread atMonitor =
        new Thread(
            () -> {
              synchronized (monitor) {
                return;
              }
            });
    Thread asleep = new Thread(WatchdogTest::sleep);
    lock.lock();
    try {
      synchronized (monitor) {
        startAndStop(atLock, atMonitor, asleep);
        assertThat(Watchdog.waitsForALock(atLock)).isTrue();
        assertThat(Watchdog.waitsForALock(atMonitor)).isTrue();
        assertThat(Watchdog.waitsForALock(asleep)).isFalse();
      }
    } finally {
      lock.unlock();
    }
    asleep.interrupt();
    asleep.join();
    assertThat(Watchdog.waitsForALock(asleep)).as("one that has ended").isFalse();
  }

  /** Starts threads, and waits until each waits for something. */
  private static void startAndStop(Thread... threads) {
    for (Thread thread : threads) {
      thread.setDaemon(true);
      thread.start();
      while (thread.getState() != Thread.State.WAITING
          && thread.getState() != Thread.State.BLOCKED) {
        LockSupport.parkNanos(100_000);
      }
    }
  }

  private static void sleep() {
    try {
      NEVER.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
