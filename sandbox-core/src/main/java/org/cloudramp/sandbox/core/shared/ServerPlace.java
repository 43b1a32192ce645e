package org.cloudramp.sandbox.core.shared;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.ServerLeases;
import org.cloudramp.sandbox.api.kv.ServerLeases.LeaseRenewal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place of this server among those that share a store: its lease, by which the others know that
 * it lives. Thread-safe.
 *
 * <ol>
 *   <li>The lease is renewed as its terms say. While the store cannot be reached it is not, and
 *       holds all the same unless somebody claims it.
 *   <li>A place that is lost is never taken again: this server tells those who follow, and begins
 *       again under another name.
 *   <li>It looks after servers that are gone only when its own lease was renewed without a pause
 *       for as long as a lease lasts: a store that was away has let the leases of all end, and each
 *       gets its time to come back.
 * </ol>
 */
public final class ServerPlace implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerPlace.class);

  private static final Duration AGAIN = Duration.ofMillis(250);
  private static final Duration LAST_WORD = Duration.ofSeconds(2);

  /**
   * The terms of the lease.
   *
   * @param name of this server, that no other has at a time
   * @param lease how long it lasts without being renewed
   * @param renew how often it is renewed; at most half of that
   */
  public record Terms(String name, Duration lease, Duration renew) {}

  private final ServerLeases leases;
  private final Terms terms;
  private final ScheduledExecutorService timer;
  private final Departures departures;
  private final AtomicReference<@Nullable String> current = new AtomicReference<>();
  private final AtomicBoolean isAsking = new AtomicBoolean();
  private volatile Runnable whenLost = () -> {};
  private volatile boolean closed;

  /** Since when each renewal was in time, by System.nanoTime; for the thread of the timer. */
  private volatile long steadySince = System.nanoTime();

  private volatile long renewed = System.nanoTime();

  ServerPlace(
      ServerLeases leases, Terms terms, ScheduledExecutorService timer, Departures departures) {
    this.leases = leases;
    this.terms = terms;
    this.timer = timer;
    this.departures = departures;
  }

  /** Tells this one when the place is lost. */
  void whenLost(Runnable told) {
    whenLost = told;
  }

  /**
   * Takes a place, and keeps it. Blocks: a server of that name that is dead has a lease until that
   * ends.
   *
   * @throws ConfigurationException if another server of that name lives
   * @throws StoreException if the store cannot be asked
   */
  void take() {
    long deadline = System.nanoTime() + 2 * terms.lease().toNanos();
    while (!takeOnce()) {
      if (System.nanoTime() - deadline >= 0) {
        throw new ConfigurationException(
            "setting 'rooms.server' is '%s', and another server that shares the KV store is called so and lives; give each server a name of its own, or leave the setting out"
                .formatted(terms.name()));
      }
      LockSupport.parkNanos(AGAIN.toNanos());
    }
    long each = terms.renew().toMillis();
    var unused = timer.scheduleWithFixedDelay(this::renew, each, each, TimeUnit.MILLISECONDS);
  }

  private boolean takeOnce() {
    String server = newName();
    try {
      boolean isTaken =
          leases
              .take(terms.name(), server, terms.lease())
              .toCompletableFuture()
              .get(terms.lease().toNanos(), TimeUnit.NANOSECONDS);
      if (isTaken) {
        begin(server);
      }
      return isTaken;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SandboxException typed) {
        throw typed;
      }
      throw new CompletionException(e.getCause());
    } catch (TimeoutException e) {
      throw new StoreException(
          StoreException.Kind.TIMEOUT, "the KV store gave this server no lease in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(
          StoreException.Kind.TIMEOUT, "the start was interrupted before there was a lease", e);
    }
  }

  private String newName() {
    return terms.name() + "." + UUID.randomUUID().toString().substring(0, 8);
  }

  private void begin(String server) {
    steadySince = System.nanoTime();
    renewed = steadySince;
    current.set(server);
    log.info("this server is '{}' among those that share the KV store", server);
  }

  /** How this server is called now; null while it has no place. */
  @Nullable String current() {
    return current.get();
  }

  /** Whether this server is called so now. */
  boolean is(String server) {
    return server.equals(current.get());
  }

  /** Whether this process is called so, or was before it started over. */
  boolean isOrWas(String server) {
    return server.startsWith(terms.name() + "."); // no other process of that name lives
  }

  /** A server that this one was called is fenced, or about to be. */
  void lost(String server) {
    if (current.compareAndSet(server, null)) {
      log.warn(
          "this server, '{}', was taken for dead by others because its lease was not renewed within"
              + " {} ms (rooms.lease); its connections are closed, and it starts over",
          server,
          terms.lease().toMillis());
      whenLost.run();
      timer.execute(this::renew);
    }
  }

  /**
   * Renews the lease, or takes a new one; one question at a time. Besides the timer, whoever finds
   * that the store has lost something asks: perhaps it has lost the lease too, and whoever came
   * under a name that is gone would have to come again.
   */
  void renew() {
    if (closed || !isAsking.compareAndSet(false, true)) {
      return;
    }
    try {
      String server = current.get();
      if (server == null) {
        String next = newName();
        var unused =
            leases
                .take(terms.name(), next, terms.lease())
                .whenComplete((isTaken, error) -> begun(next, isTaken, error));
      } else {
        var unused =
            leases
                .renew(server, terms.lease())
                .whenComplete((renewal, error) -> renewed(server, renewal, error));
      }
    } catch (RuntimeException e) {
      isAsking.set(false);
      log.warn("the lease of this server could not be asked for: {}", e.getMessage());
    }
  }

  private void begun(String server, @Nullable Boolean isTaken, @Nullable Throwable error) {
    isAsking.set(false);
    if (isTaken != null && isTaken) {
      if (closed) {
        var unused = leases.release(server);
      } else {
        begin(server);
      }
    } else if (error != null) {
      log.warn("this server has no lease, and cannot get one now: {}", error.getMessage());
    }
  }

  private void renewed(String server, @Nullable LeaseRenewal renewal, @Nullable Throwable error) {
    isAsking.set(false);
    if (renewal == null) {
      log.warn("the lease of this server could not be renewed: {}", String.valueOf(error));
      return;
    }
    if (!renewal.isHeld()) {
      lost(server);
      return;
    }
    long now = System.nanoTime();
    if (now - renewed > 2 * terms.renew().toNanos()) {
      steadySince = now;
    }
    renewed = now;
    if (now - steadySince >= terms.lease().toNanos()) {
      List<String> ended = renewal.ended();
      ended.stream().filter(other -> !other.equals(server)).forEach(departures::settle);
    }
  }

  /** Gives the place back, if the store can be told. Idempotent. */
  @Override
  public void close() {
    closed = true;
    String server = current.getAndSet(null);
    if (server == null) {
      return;
    }
    try {
      var unused =
          leases
              .release(server)
              .toCompletableFuture()
              .get(LAST_WORD.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      log.warn("the lease of this server could not be given back; it ends by itself", e);
    }
  }
}
