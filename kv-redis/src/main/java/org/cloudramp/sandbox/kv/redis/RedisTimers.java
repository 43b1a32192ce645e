package org.cloudramp.sandbox.kv.redis;

import static org.cloudramp.sandbox.kv.redis.LuaScript.ascii;
import static org.cloudramp.sandbox.kv.redis.LuaScript.text;

import io.lettuce.core.ScoredValue;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.api.kv.RoomTimers;
import org.cloudramp.sandbox.api.kv.TimerChanges;
import org.cloudramp.sandbox.api.kv.TimerClaim;
import org.cloudramp.sandbox.api.kv.TimerWrite;
import org.jspecify.annotations.Nullable;

/**
 * The timers of rooms. Each partition has a line of timers for each service, and a list of its
 * services with when there is something to find in their lines.
 *
 * <p>Nothing is asked while nothing can be found: this process knows of each partition when to look
 * into it next, from what it found there last and from what it has set itself. Of timers that other
 * processes set it learns within {@link #LOOK_EACH}; until then those processes fire them.
 * Lock-free and thread-safe.
 */
final class RedisTimers implements RoomTimers {
  /** How often each partition is looked into, whatever is known of it. */
  private static final Duration LOOK_EACH = Duration.ofSeconds(5);

  /** When to look into a partition again that could not be asked. */
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

  /** Services that are looked at in one partition at a time, those that may not be claimed too. */
  private static final int MAX_SERVICES = 64;

  private static final long NEVER = Long.MAX_VALUE;

  private final RedisClusterAsyncCommands<byte[], byte[]> commands;
  private final RedisCalls calls;
  private final RedisFailures failures;
  private final Partitioning partitions;
  private final LuaScript claims;
  private final LuaScript defers;

  /** When to look into each partition, in milliseconds. */
  private final AtomicLongArray looks;

  /**
   * A partition that could not be asked.
   *
   * @param why the last time
   */
  private record Trouble(int partition, Throwable why) {}

  /** Of one of the partitions that cannot be asked, until it has answered. */
  private final AtomicReference<@Nullable Trouble> trouble = new AtomicReference<>();

  /** Where the last claim has stopped, and the next one begins: no partition comes first. */
  private final AtomicInteger cursor = new AtomicInteger();

  RedisTimers(
      RedisClusterAsyncCommands<byte[], byte[]> commands,
      RedisCalls calls,
      RedisFailures failures,
      Partitioning partitions) {
    this.commands = commands;
    this.calls = calls;
    this.failures = failures;
    this.partitions = partitions;
    claims = new LuaScript(commands, "bytes.lua", "timers.lua", "claim.lua");
    defers = new LuaScript(commands, "bytes.lua", "timers.lua", "defer.lua");
    looks = new AtomicLongArray(partitions.count());
  }

  /** Timers of a room may have been set. */
  void changed(RoomAddress address, TimerChanges changes) {
    for (TimerWrite write : changes.writes()) {
      write.due().ifPresent(due -> lookBy(partitions.partitionOf(address), due.toEpochMilli()));
    }
  }

  private void lookBy(int partition, long time) {
    long unused = looks.accumulateAndGet(partition, time, Math::min);
  }

  @Override
  public CompletionStage<Claimed> claim(TimerClaim claim) {
    long now = claim.now().toEpochMilli();
    List<Integer> due = dueAt(now, Math.min(claim.most(), claim.perService()));
    if (due.isEmpty()) {
      Trouble still = trouble.get();
      return still == null
          ? CompletableFuture.completedFuture(new Claimed(List.of(), next()))
          : CompletableFuture.failedFuture(still.why());
    }
    int most = claim.most() / due.size();
    int perService = claim.perService() / due.size();
    List<CompletableFuture<List<RoomTimer>>> answers = new ArrayList<>();
    for (int partition : due) {
      // First, so that what is set meanwhile is not forgotten.
      looks.set(partition, now + LOOK_EACH.toMillis());
      answers.add(claim(partition, claim, most, perService));
    }
    return gathered(answers).thenApply(claimed -> new Claimed(claimed, next()));
  }

  /** What was claimed, though others could not be asked; fails if nothing was, and one failed. */
  private static CompletableFuture<List<RoomTimer>> gathered(
      List<CompletableFuture<List<RoomTimer>>> answers) {
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .handle(
            (done, failure) -> {
              List<RoomTimer> claimed = new ArrayList<>();
              for (CompletableFuture<List<RoomTimer>> answer : answers) {
                if (!answer.isCompletedExceptionally()) {
                  claimed.addAll(answer.join());
                }
              }
              if (claimed.isEmpty() && failure != null) {
                throw new CompletionException(RedisFailures.unwrapped(failure));
              }
              return claimed;
            });
  }

  /** Partitions to look into, at most so many. */
  private List<Integer> dueAt(long now, int most) {
    List<Integer> due = new ArrayList<>();
    int count = partitions.count();
    int first = cursor.get();
    for (int i = 0; i < count && due.size() < most; i++) {
      int partition = (first + i) % count;
      if (looks.get(partition) <= now) {
        due.add(partition);
        cursor.set((partition + 1) % count);
      }
    }
    return due;
  }

  private Optional<Instant> next() {
    long next = NEVER;
    for (int i = 0; i < looks.length(); i++) {
      next = Math.min(next, looks.get(i));
    }
    return next == NEVER ? Optional.empty() : Optional.of(Instant.ofEpochMilli(next));
  }

  /** Looks into one partition; one that cannot be asked does not keep the others from firing. */
  private CompletableFuture<List<RoomTimer>> claim(
      int partition, TimerClaim claim, int most, int perService) {
    byte[] services = TimerKeys.services(partitions.prefix(partition));
    return calls
        .call(
            () -> commands.zrangeWithScores(services, 0, MAX_SERVICES - 1),
            found -> found,
            failures::timersFailed)
        .thenCompose(found -> claimOf(partition, found, claim, most, perService))
        .whenComplete(
            (claimed, failure) -> {
              if (failure == null) {
                Trouble unused =
                    trouble.updateAndGet(
                        known -> known != null && known.partition() == partition ? null : known);
              } else {
                trouble.set(new Trouble(partition, RedisFailures.unwrapped(failure)));
                Instant failed = claim.now().plus(calls.timeout()); // when it failed, at the latest
                lookBy(partition, failed.plus(PAUSE_AFTER_FAILURE).toEpochMilli());
              }
            })
        .toCompletableFuture();
  }

  private CompletionStage<List<RoomTimer>> claimOf(
      int partition,
      List<ScoredValue<byte[]>> services,
      TimerClaim claim,
      int most,
      int perService) {
    long now = claim.now().toEpochMilli();
    List<CompletableFuture<List<RoomTimer>>> answers = new ArrayList<>();
    int left = most;
    for (ScoredValue<byte[]> known : services) {
      long look = (long) known.getScore();
      ServiceId service = new ServiceId(text(known.getValue()));
      if (look > now || left == 0) {
        lookBy(partition, Math.max(look, now));
        break;
      }
      if (claim.except().contains(service)) {
        lookBy(partition, now);
      } else {
        int wanted = Math.min(left, perService);
        left -= wanted;
        answers.add(claimOf(partition, service, claim, wanted).toCompletableFuture());
      }
    }
    return gathered(answers);
  }

  private CompletionStage<List<RoomTimer>> claimOf(
      int partition, ServiceId service, TimerClaim claim, int most) {
    TimerKeys keys = new TimerKeys(partitions.prefix(partition), service);
    List<byte[]> arguments =
        List.of(
            ascii(service.value()),
            ascii(claim.now().toEpochMilli()),
            ascii(claim.until().toEpochMilli()),
            ascii(most));
    return calls.call(
        () -> claims.runForList(keys.all(), arguments),
        answer -> claimed(partition, service, answer),
        failures::timersFailed);
  }

  private List<RoomTimer> claimed(int partition, ServiceId service, List<byte[]> answer) {
    String next = text(answer.get(0));
    if (!next.equals("never")) {
      lookBy(partition, Long.parseLong(next));
    }
    List<RoomTimer> timers = new ArrayList<>();
    for (int i = 1; i < answer.size(); i += 2) {
      timers.add(timer(service, answer.get(i), answer.get(i + 1)));
    }
    return timers;
  }

  /**
   * A timer.
   *
   * @param name in the line
   * @param known what the hash of timers holds under that name
   */
  static RoomTimer timer(ServiceId service, byte[] name, byte[] known) {
    String nameInLine = utf8(name);
    int blank = nameInLine.indexOf(' ');
    String[] words = utf8(known).split(" ", 3);
    return new RoomTimer(
        new RoomAddress(service, new RoomId(nameInLine.substring(0, blank))),
        nameInLine.substring(blank + 1),
        Instant.ofEpochMilli(Long.parseLong(words[0])),
        Integer.parseInt(words[1]),
        words[2]);
  }

  @Override
  public CompletionStage<Boolean> defer(RoomTimer timer, int attempt, Instant until) {
    int partition = partitions.partitionOf(timer.address());
    TimerKeys keys = new TimerKeys(partitions.prefix(partition), timer.address().service());
    List<byte[]> arguments =
        List.of(
            ascii(timer.address().service().value()),
            TimerKeys.nameInLine(timer.address().room(), timer.name()),
            timer.id().getBytes(StandardCharsets.UTF_8),
            ascii(attempt),
            ascii(until.toEpochMilli()));
    return calls.call(
        () -> defers.run(keys.all(), arguments),
        answer -> {
          lookBy(partition, until.toEpochMilli());
          return answer.equals("1");
        },
        failures::timersFailed);
  }

  private static String utf8(byte[] text) {
    return new String(text, StandardCharsets.UTF_8);
  }
}
