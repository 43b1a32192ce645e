package org.cloudramp.sandbox.server.http;

import java.util.Optional;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.turns.Lines;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what may take long on a few threads of its own. Services take turns, so that one with many
 * requests does not hold up another with one. How many requests wait is bounded, for each service
 * and in all. Thread-safe.
 */
final class Turns implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Turns.class);
  private static final int KEEP_IDLE_SECONDS = 2;

  private final int maxThreads;
  private final int maxWaiting;
  private final int maxWaitingOfService;
  private final ThreadPoolExecutor threads;

  // Guarded by this.
  private final Lines<Optional<ServiceId>, Runnable> waiting = new Lines<>();
  private int working;

  /**
   * @param name of the threads
   * @param maxThreads that run at a time; there are none when there is nothing to do
   * @param maxWaiting requests that wait in all
   * @param maxWaitingOfService requests of one service that wait
   */
  Turns(String name, int maxThreads, int maxWaiting, int maxWaitingOfService) {
    this.maxThreads = maxThreads;
    this.maxWaiting = maxWaiting;
    this.maxWaitingOfService = maxWaitingOfService;
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE, // bounded by what is working
            KEEP_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Runs a task when its service has its turn.
   *
   * @param service empty for what is about none in particular, which has a turn of its own
   * @return whether it will be run; if not, too many wait
   */
  boolean offer(Optional<ServiceId> service, Runnable task) {
    synchronized (this) {
      if (waiting.size() >= maxWaiting
          || waiting.sizeOf(service) >= maxWaitingOfService
          || threads.isShutdown()) {
        return false;
      }
      waiting.add(service, task);
      if (working == maxThreads) {
        return true;
      }
      working++;
    }
    threads.execute(this::work);
    return true;
  }

  private void work() {
    Runnable task;
    while ((task = next()) != null) {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        // The next one has its turn, whatever became of this one.
        log.error("a request was not answered", e);
      }
    }
  }

  private synchronized @Nullable Runnable next() {
    Runnable task = waiting.poll();
    if (task == null) {
      working--;
    }
    return task;
  }

  /** Runs nothing more; what runs is told to end. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
