package org.cloudramp.sandbox.core.dispatch;

import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * Gives each service a few lanes of the workers, so that one whose hooks are slow slows itself and
 * leaves workers to the others. Thread-safe.
 */
final class ServiceLanes {
  private final ConcurrentHashMap<ServiceId, Lanes> services = new ConcurrentHashMap<>();
  private final Executor workers;
  private final int lanes;

  /** The tasks of one service: some run, others wait. Guarded by itself. */
  private static final class Lanes {
    final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    int running;
    boolean retired;
  }

  /** At most {@code lanes} tasks of a service run on {@code workers} at a time. */
  ServiceLanes(Executor workers, int lanes) {
    this.workers = workers;
    this.lanes = lanes;
  }

  /** Runs a task of the service on a worker, when the service has a lane for it. */
  void execute(ServiceId service, Runnable task) {
    while (true) {
      Lanes own = services.computeIfAbsent(service, id -> new Lanes());
      synchronized (own) {
        if (!own.retired) {
          if (own.running >= lanes) {
            own.waiting.add(task);
            return;
          }
          own.running++;
          break;
        }
      }
      services.remove(service, own);
    }
    start(service, task);
  }

  private void start(ServiceId service, Runnable task) {
    workers.execute(
        () -> {
          try {
            task.run();
          } finally {
            ended(service);
          }
        });
  }

  private void ended(ServiceId service) {
    Lanes own = services.get(service);
    if (own == null) {
      throw new IllegalStateException("a lane of service '%s' is lost".formatted(service));
    }
    Runnable next;
    boolean unused;
    synchronized (own) {
      next = own.waiting.poll();
      unused = next == null && --own.running == 0;
      own.retired = unused;
    }
    if (next != null) {
      start(service, next);
    } else if (unused) {
      services.remove(service, own);
    }
  }
}
