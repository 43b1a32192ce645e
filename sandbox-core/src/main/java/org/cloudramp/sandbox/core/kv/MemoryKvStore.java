package org.cloudramp.sandbox.core.kv;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.HeldKeys;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.LastEntries;
import org.cloudramp.sandbox.api.kv.LogFollowers;
import org.cloudramp.sandbox.api.kv.LogListener;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.cloudramp.sandbox.api.kv.LogSubscription;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.api.kv.OpenedRoom;
import org.cloudramp.sandbox.api.kv.RoomInspector;
import org.cloudramp.sandbox.api.kv.RoomLog;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.api.kv.RoomTimers;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.cloudramp.sandbox.api.kv.ServerLeases;
import org.cloudramp.sandbox.api.kv.TimerClaim;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.jspecify.annotations.Nullable;

/**
 * Keeps keys, and the logs and timers of rooms, in the memory of this process: for tests, demos,
 * and services whose state may go with the process.
 *
 * <p>Setting {@code keysPerRoom}: how many keys a room may hold, 10,000 if it is absent. Setting
 * {@code bytes}: how many bytes all keys may take together, an eighth of the heap if it is absent;
 * a service may take no more of them than it leaves free for others. A transaction that would leave
 * more fails with {@linkplain StoreException.Kind#QUOTA kind quota}. All bytes are counted exactly,
 * those of a service too. The entries of logs ({@link LogWindow}) count like keys; where there are
 * no bytes left for them, the log of the room is shorter, and nothing fails.
 *
 * <p>Thread-safe; the stages are complete when they are returned. Time goes by the host's clock, in
 * milliseconds. Each call also throws away what has expired in its part of the rooms, and each
 * commit in one further part, in turn; a thread does so everywhere each second, as long as the
 * store is started, so that keys which nobody asks for take no memory either.
 */
public final class MemoryKvStore implements KvStore {
  private static final int DEFAULT_KEYS_PER_ROOM = 10_000;
  private static final Setting<Integer> KEYS_PER_ROOM =
      Setting.integer(
          "keysPerRoom",
          DEFAULT_KEYS_PER_ROOM,
          1,
          Integer.MAX_VALUE,
          "how many keys a room may hold; a commit that would leave more is refused");
  private static final Setting<Long> BYTES =
      Setting.largeSize(
              "bytes",
              0,
              "of all keys and logs of rooms together; a service gets no more of them than it leaves free for others: see [below](#bytes-of-keys)")
          .otherwise("an eighth of the heap");
  private static final int SHARE_OF_THE_HEAP = 8;

  /** Of what followers buffer, which is more than the logs hold only where listeners are slow. */
  private static final int BUFFERS_SHARE_OF_THE_HEAP = 32;

  /** Far more than a process has rooms with connections in. */
  private static final int MAX_FOLLOWED = 1_000_000;

  private static final int SHARDS = 16;
  private static final Duration TIDY_EACH = Duration.ofSeconds(1);

  /** How settings and messages call it. */
  static final String NAME = "memory";

  private final KvLedger ledger = new KvLedger(defaultBytes());
  private final LogFollowers followers =
      new LogFollowers(
          this::readLog,
          MAX_FOLLOWED,
          "the store 'memory'",
          Runtime.getRuntime().maxMemory() / BUFFERS_SHARE_OF_THE_HEAP);
  private final MemoryLeases leases = new MemoryLeases(this::clock, this::roomsWith);
  private final Shard[] shards = shards(ledger, followers, leases);
  private final RoomLog log = new MemoryRoomLog();
  private final RoomTimers timers = new MemoryRoomTimers();
  private final RoomInspector inspector = new MemoryInspector();
  private final AtomicInteger turn = new AtomicInteger();

  /** Another shard each time, so that the rooms of none come first. */
  private final AtomicInteger firstToClaimFrom = new AtomicInteger();

  private Clock clock = Clock.systemUTC();
  private int keysPerRoom = DEFAULT_KEYS_PER_ROOM;
  private @Nullable ScheduledExecutorService tidying;

  /** An empty store. */
  public MemoryKvStore() {}

  private static long defaultBytes() {
    return Runtime.getRuntime().maxMemory() / SHARE_OF_THE_HEAP;
  }

  private static Shard[] shards(KvLedger ledger, LogFollowers followers, MemoryLeases leases) {
    Shard[] shards = new Shard[SHARDS];
    for (int i = 0; i < SHARDS; i++) {
      shards[i] = new Shard(ledger, followers::isFollowed, leases::isFenced);
    }
    return shards;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<Setting<?>> declaredSettings() {
    return Stream.concat(Stream.of(KEYS_PER_ROOM, BYTES), LogWindow.settings().stream()).toList();
  }

  @Override
  public void start(PluginContext context) {
    clock = context.clock();
    keysPerRoom = KEYS_PER_ROOM.read(context.settings());
    ledger.limit(BYTES.readOr(context.settings(), defaultBytes()));
    LogWindow window = LogWindow.read(context.settings());
    for (Shard shard : shards) {
      shard.window(window);
    }
    close(); // one thread, also if several sandboxes share the store and each starts it
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "sandbox-kv-memory");
              thread.setDaemon(true);
              return thread;
            });
    var unused =
        timer.scheduleWithFixedDelay(
            this::tidyAll, TIDY_EACH.toMillis(), TIDY_EACH.toMillis(), TimeUnit.MILLISECONDS);
    tidying = timer;
  }

  @Override
  public void close() {
    ScheduledExecutorService ending = tidying;
    tidying = null;
    if (ending != null) {
      ending.shutdownNow();
    }
  }

  @Override
  public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
    return CompletableFuture.completedFuture(shardOf(address).read(clock.millis(), address, keys));
  }

  @Override
  public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
    long now = clock.millis();
    try {
      CommitResult result = commit(now, address, transaction);
      tellFollowers(address, transaction, result);
      return CompletableFuture.completedFuture(result);
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(e);
    } finally {
      shards[Math.floorMod(turn.getAndIncrement(), SHARDS)].tidyUnlessBusy(now);
    }
  }

  private CommitResult commit(long now, RoomAddress address, KvTransaction transaction) {
    Shard shard = shardOf(address);
    try {
      return shard.commit(now, address, transaction, keysPerRoom);
    } catch (StoreException e) {
      // Nothing that has expired may keep anybody out, in whichever room it is.
      long before = ledger.total();
      tidyAll();
      if (ledger.total() >= before) {
        throw e;
      }
      return shard.commit(now, address, transaction, keysPerRoom);
    }
  }

  /** Outside of any lock: commits at the same time may come here in another order. */
  private void tellFollowers(RoomAddress address, KvTransaction transaction, CommitResult result) {
    if (result instanceof CommitResult.Committed committed && committed.first().isPresent()) {
      LogPosition first = committed.first().get();
      followers.offer(
          address, LogRead.Page.atTheEnd(first.plus(-1), transaction.appends(), first.stamp()));
    }
  }

  private void tidyAll() {
    long now = clock.millis();
    for (Shard shard : shards) {
      shard.tidyAll(now);
    }
  }

  @Override
  public CompletionStage<OptionalLong> headroom(RoomAddress address, KvQuota quota) {
    long room = quota.roomBytes() - shardOf(address).bytes(clock.millis(), address);
    long all = Math.min(room, ledger.headroom(address.service(), quota));
    return CompletableFuture.completedFuture(OptionalLong.of(Math.max(0, all)));
  }

  @Override
  public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
    return CompletableFuture.completedFuture(
        shardOf(address).reserve(clock.millis(), address, id, time));
  }

  @Override
  public Optional<RoomLog> log() {
    return Optional.of(log);
  }

  @Override
  public Optional<ServerLeases> servers() {
    return Optional.of(leases);
  }

  @Override
  public Optional<RoomTimers> timers() {
    return Optional.of(timers);
  }

  @Override
  public Optional<RoomInspector> inspector() {
    return Optional.of(inspector);
  }

  private Clock clock() {
    return clock;
  }

  private List<RoomAddress> roomsWith(String server) {
    return Stream.of(shards).flatMap(shard -> shard.roomsWith(server).stream()).toList();
  }

  private CompletionStage<LogRead> readLog(RoomAddress address, LogPosition after, int most) {
    return CompletableFuture.completedFuture(
        shardOf(address).readLog(clock.millis(), address, after, most));
  }

  private final class MemoryRoomLog implements RoomLog {
    @Override
    public CompletionStage<OpenedRoom> open(RoomAddress address) {
      return CompletableFuture.completedFuture(shardOf(address).openLog(clock.millis(), address));
    }

    @Override
    public CompletionStage<Optional<RosterEntry>> member(RoomAddress address, String member) {
      return CompletableFuture.completedFuture(shardOf(address).member(address, member));
    }

    @Override
    public CompletionStage<LogRead> read(RoomAddress address, LogPosition after, int most) {
      return readLog(address, after, most);
    }

    @Override
    public LogSubscription follow(RoomAddress address, LogPosition after, LogListener listener) {
      return followers.follow(address, after, listener);
    }
  }

  private final class MemoryRoomTimers implements RoomTimers {
    @Override
    public CompletionStage<Claimed> claim(TimerClaim claim) {
      TakenTimers taken = new TakenTimers(claim);
      int first = firstToClaimFrom.getAndIncrement();
      long next = Long.MAX_VALUE;
      for (int i = 0; i < SHARDS; i++) {
        Shard shard = shards[Math.floorMod(first + i, SHARDS)];
        next = Math.min(next, shard.claimTimers(taken));
      }
      return CompletableFuture.completedFuture(
          new Claimed(
              taken.timers(),
              next == Long.MAX_VALUE ? Optional.empty() : Optional.of(Instant.ofEpochMilli(next))));
    }

    @Override
    public CompletionStage<Boolean> defer(RoomTimer timer, int attempt, Instant until) {
      return CompletableFuture.completedFuture(
          shardOf(timer.address()).deferTimer(timer, attempt, until.toEpochMilli()));
    }
  }

  private final class MemoryInspector implements RoomInspector {
    @Override
    public CompletionStage<HeldKeys> keys(
        RoomAddress address, Optional<String> after, int most, int mostOfEach) {
      return CompletableFuture.completedFuture(
          shardOf(address).keys(clock.millis(), address, after, most, mostOfEach));
    }

    @Override
    public CompletionStage<List<RoomTimer>> timers(RoomAddress address, int most) {
      return CompletableFuture.completedFuture(shardOf(address).timers(address, most));
    }

    @Override
    public CompletionStage<LastEntries> lastEntries(RoomAddress address, int most, long mostBytes) {
      return CompletableFuture.completedFuture(
          shardOf(address).lastEntries(clock.millis(), address, most, mostBytes));
    }
  }

  /**
   * How many keys, entries of logs, timers, and remembered transactions, are held; for tests of
   * what is thrown away.
   */
  int held() {
    int held = 0;
    for (Shard shard : shards) {
      held += shard.held();
    }
    return held;
  }

  /** Bytes that all keys and logs count; for tests. */
  long bytes() {
    return ledger.total();
  }

  private Shard shardOf(RoomAddress address) {
    int hash = address.hashCode();
    return shards[Math.floorMod(hash ^ (hash >>> 16), SHARDS)];
  }
}
