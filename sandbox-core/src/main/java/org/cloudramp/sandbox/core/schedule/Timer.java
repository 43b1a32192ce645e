package org.cloudramp.sandbox.core.schedule;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * One thread for what has to happen later. What it runs must be quick. What comes after it is
 * closed is dropped.
 */
public final class Timer implements AutoCloseable {
  private final ScheduledThreadPoolExecutor executor;

  /** Starts its thread at once, so that none has to be made when there is no memory for one. */
  public Timer(String name) {
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            },
            new ThreadPoolExecutor.DiscardPolicy());
    executor.setRemoveOnCancelPolicy(true);
    executor.prestartCoreThread();
  }

  /** Where to schedule. */
  public ScheduledExecutorService executor() {
    return executor;
  }

  /** Drops what has not happened yet. Idempotent. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
