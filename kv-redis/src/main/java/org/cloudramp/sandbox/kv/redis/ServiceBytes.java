package org.cloudramp.sandbox.kv.redis;

import static org.cloudramp.sandbox.kv.redis.LuaScript.ascii;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many bytes services hold, in keys, logs and timers. The rooms of a service are in many slots,
 * so no script can count them together: each commit tells what its room holds now, and {@code
 * service.lua} adds that up, in the slot of the service.
 *
 * <ol>
 *   <li>What this process commits is counted at once: commits reserve what they may grow by, so
 *       that together they never exceed what is allowed.
 *   <li>What others commit is known here after {@link #REPORT_AFTER} and {@link #MAX_AGE}. By what
 *       they write within that time a service can exceed its quota.
 *   <li>What has expired counts until its room is counted again: in its next commit, or a few rooms
 *       with each report, and before a commit is refused.
 *   <li>When a process dies, what it has not reported is unknown until its rooms are written to or
 *       counted again. Whatever is reported is what the room holds, and no difference, so no
 *       mistake outlives that.
 * </ol>
 *
 * Thread-safe; no lock is held while Redis works.
 */
final class ServiceBytes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServiceBytes.class);

  /** How late others hear of a commit. */
  private static final Duration REPORT_AFTER = Duration.ofMillis(500);

  /** How long a sum is good enough for the next commit. */
  private static final Duration MAX_AGE = Duration.ofSeconds(1);

  /** A service that is refused again and again is not added up again for each of them. */
  private static final Duration MIN_AGE = Duration.ofMillis(100);

  /** How long closing waits for the last reports. */
  private static final Duration LAST_REPORTS = Duration.ofSeconds(1);

  /** How many rooms are counted again at a time. */
  private static final int MAX_DUE = 64;

  /** Above this, services that do nothing are forgotten. */
  private static final int MANY_SERVICES = 1_000;

  private static final Executor LATER =
      CompletableFuture.delayedExecutor(REPORT_AFTER.toMillis(), TimeUnit.MILLISECONDS);

  private final Partitioning partitions;
  private final LuaScript reports;
  private final LuaScript recounts;
  private final ConcurrentHashMap<ServiceId, Service> services = new ConcurrentHashMap<>();
  private volatile boolean closed;

  ServiceBytes(RedisClusterAsyncCommands<byte[], byte[]> commands, Partitioning partitions) {
    this.partitions = partitions;
    reports = new LuaScript(commands, "service.lua");
    recounts = new LuaScript(commands, "bytes.lua", "log.lua", "timers.lua", "recount.lua");
  }

  /**
   * Reserves what a commit may grow by, until it is {@linkplain #settle settled}.
   *
   * @param wanted at most
   * @param quota of the service
   */
  CompletionStage<Long> reserve(ServiceId id, long wanted, long quota) {
    Service service = service(id);
    return service.isKnown()
        ? CompletableFuture.completedFuture(service.reserve(wanted, quota))
        : service.addUpAndGoOn().thenApply(due -> service.reserve(wanted, quota));
  }

  /**
   * A commit has ended.
   *
   * @param reserved for it
   * @param growth by which it has changed what the room holds
   * @param account of the room after it; nothing if it did not happen
   */
  void settle(RoomAddress address, long reserved, long growth, Optional<RoomAccount> account) {
    Service service = service(address.service());
    service.settle(address.room(), reserved, growth, account);
    if (account.isPresent()) {
      service.reportLater();
    }
  }

  /**
   * Looks whether there is more room than was known, because others have deleted or keys have
   * expired.
   *
   * @return whether it has looked; not if it has a moment ago
   */
  CompletionStage<Boolean> lookAgain(ServiceId id) {
    Service service = service(id);
    return service.isOlderThan(MIN_AGE)
        ? service.addUp().thenCompose(service::countAgain).thenApply(done -> true)
        : CompletableFuture.completedFuture(false);
  }

  /** What a service holds, as far as this process knows, with what it has reserved. */
  CompletionStage<Long> held(ServiceId id) {
    Service service = service(id);
    return service.isKnown()
        ? CompletableFuture.completedFuture(service.held())
        : service.addUpAndGoOn().thenApply(due -> service.held());
  }

  /** What a service held when that was last known. */
  long known(ServiceId id) {
    return service(id).held();
  }

  /** Reports what has not been, for a second at most, and then nothing more. */
  @Override
  public void close() {
    closed = true;
    CompletableFuture<?>[] last =
        services.values().stream()
            .filter(Service::hasNews)
            .map(Service::addUp)
            .toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(last).get(LAST_REPORTS.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.debug("what services hold could not be reported at the end", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Service service(ServiceId id) {
    if (services.size() > MANY_SERVICES && !services.containsKey(id)) {
      services.values().removeIf(Service::isIdle);
    }
    return services.computeIfAbsent(id, Service::new);
  }

  /** What is known of one service. */
  private final class Service {
    private final ServiceId id;
    private boolean isAddedUp;
    private long addedUpAt;
    private long sum;
    private long reserved;

    /** What this process has changed and {@code sum} does not have: unreported, and under way. */
    private long unreported;

    private long underWay;
    private Map<RoomId, RoomAccount> news = new HashMap<>();
    private boolean isReportPlanned;
    private CompletableFuture<List<RoomId>> adding = new CompletableFuture<>();
    private boolean isAdding;

    Service(ServiceId id) {
      this.id = id;
    }

    synchronized boolean isKnown() {
      return isAddedUp && !isOlderThan(MAX_AGE);
    }

    synchronized boolean isOlderThan(Duration age) {
      return System.nanoTime() - addedUpAt > age.toNanos();
    }

    synchronized boolean hasNews() {
      return !news.isEmpty();
    }

    synchronized boolean isIdle() {
      return reserved == 0 && news.isEmpty() && !isAdding && isOlderThan(MAX_AGE);
    }

    synchronized long held() {
      return Math.max(0, sum + underWay + unreported) + reserved;
    }

    synchronized long reserve(long wanted, long quota) {
      long allowed = Math.max(0, Math.min(wanted, quota - held()));
      reserved += allowed;
      return allowed;
    }

    synchronized void settle(
        RoomId room, long settled, long growth, Optional<RoomAccount> account) {
      reserved -= settled;
      unreported += growth;
      account.ifPresent(latest -> note(room, latest));
    }

    private synchronized void note(RoomId room, RoomAccount account) {
      news.merge(room, account, (one, other) -> one.time() > other.time() ? one : other);
    }

    void reportLater() {
      synchronized (this) {
        if (isReportPlanned) {
          return;
        }
        isReportPlanned = true;
      }
      LATER.execute(
          () -> {
            synchronized (this) {
              isReportPlanned = false;
            }
            if (!closed) {
              var unused = addUpAndGoOn();
            }
          });
    }

    /**
     * Reports the news, and learns what the service holds; once at a time.
     *
     * @return the rooms of which keys have expired
     */
    CompletableFuture<List<RoomId>> addUp() {
      Map<RoomId, RoomAccount> reported;
      CompletableFuture<List<RoomId>> answer;
      synchronized (this) {
        if (isAdding) {
          return adding;
        }
        isAdding = true;
        answer = new CompletableFuture<>();
        adding = answer;
        reported = news;
        news = new HashMap<>();
        underWay = unreported;
        unreported = 0;
      }
      CompletionStage<Void> unused =
          report(reported)
              .handle(
                  (text, failure) -> {
                    if (failure == null) {
                      answer.complete(learn(text));
                    } else {
                      takeBack(reported, failure);
                      answer.completeExceptionally(failure);
                    }
                    return null;
                  });
      return answer;
    }

    /** As {@link #addUp}, and has the rooms counted again without waiting for that. */
    CompletableFuture<List<RoomId>> addUpAndGoOn() {
      CompletableFuture<List<RoomId>> added = addUp();
      var unused = added.thenCompose(this::countAgain);
      return added;
    }

    private CompletionStage<String> report(Map<RoomId, RoomAccount> reported) {
      List<byte[]> arguments = new ArrayList<>();
      arguments.add(ascii(MAX_DUE));
      reported.forEach(
          (room, account) -> {
            arguments.add(ascii(room.value()));
            arguments.add(ascii(account.time()));
            arguments.add(ascii(account.bytes()));
            arguments.add(ascii(account.due()));
          });
      try {
        return reports.run(new ServiceKeys(id).bytesAndDues(), arguments);
      } catch (RuntimeException refusedAtOnce) {
        return CompletableFuture.failedFuture(refusedAtOnce);
      }
    }

    private synchronized List<RoomId> learn(String text) {
      String[] words = text.split(" ", -1);
      sum = Long.parseLong(words[0]);
      underWay = 0;
      isAddedUp = true;
      isAdding = false;
      addedUpAt = System.nanoTime();
      List<RoomId> due = new ArrayList<>();
      for (int i = 1; i < words.length; i++) {
        due.add(new RoomId(words[i]));
      }
      return due;
    }

    private void takeBack(Map<RoomId, RoomAccount> reported, Throwable failure) {
      synchronized (this) {
        unreported += underWay;
        underWay = 0;
        isAdding = false;
        reported.forEach(this::note);
      }
      log.debug("what service '{}' holds could not be reported", id, failure);
      if (!reported.isEmpty() && !closed) {
        reportLater();
      }
    }

    /** Has rooms counted again of which keys have expired, and reports what they hold. */
    CompletionStage<Void> countAgain(List<RoomId> due) {
      if (due.isEmpty() || closed) {
        return CompletableFuture.completedFuture(null);
      }
      List<CompletableFuture<Void>> counts = new ArrayList<>();
      for (RoomId room : due) {
        RoomKeys keys = partitions.keysOf(new RoomAddress(id, room));
        counts.add(
            recounts
                .run(
                    List.of(
                        keys.index(),
                        keys.sizes(),
                        keys.logHead(),
                        keys.logStream(),
                        keys.timers().timers(),
                        keys.roster()),
                    List.of(ascii(room.value())))
                .thenAccept(account -> note(room, RoomAccount.parse(account)))
                .toCompletableFuture());
      }
      return CompletableFuture.allOf(counts.toArray(CompletableFuture[]::new))
          .thenCompose(counted -> addUp())
          .thenCompose(
              // If others were just adding up, they knew nothing of what has been counted.
              more -> hasNews() ? addUp() : CompletableFuture.completedFuture(more))
          .thenAccept(
              more -> {
                if (!more.isEmpty()) {
                  reportLater();
                }
              });
    }
  }
}
