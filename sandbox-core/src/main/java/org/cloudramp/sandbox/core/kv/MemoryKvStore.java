package org.cloudramp.sandbox.core.kv;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.Setting;

/**
 * Keeps keys in the memory of this process: for tests, demos, and services whose state may go with
 * the process.
 *
 * <p>Setting {@code keysPerRoom}: how many keys a room may hold, 10,000 if it is absent. A
 * transaction that would leave more fails as {@linkplain StoreException.Kind#REFUSED refused}.
 *
 * <p>Thread-safe; the stages are complete when they are returned. Time goes by the host's clock, in
 * milliseconds. There is no thread of its own: each call also throws away what has expired in its
 * part of the rooms, and each commit in one further part, in turn.
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
  private static final int SHARDS = 16;

  private final Shard[] shards = new Shard[SHARDS];
  private final AtomicInteger turn = new AtomicInteger();
  private Clock clock = Clock.systemUTC();
  private int keysPerRoom = DEFAULT_KEYS_PER_ROOM;

  /** An empty store. */
  public MemoryKvStore() {
    for (int i = 0; i < SHARDS; i++) {
      shards[i] = new Shard();
    }
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public List<Setting<?>> declaredSettings() {
    return List.of(KEYS_PER_ROOM);
  }

  @Override
  public void start(PluginContext context) {
    clock = context.clock();
    keysPerRoom = KEYS_PER_ROOM.read(context.settings());
  }

  @Override
  public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
    return CompletableFuture.completedFuture(shardOf(address).read(clock.millis(), address, keys));
  }

  @Override
  public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
    long now = clock.millis();
    try {
      return CompletableFuture.completedFuture(
          shardOf(address).commit(now, address, transaction, keysPerRoom));
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(e);
    } finally {
      shards[Math.floorMod(turn.getAndIncrement(), SHARDS)].tidyUnlessBusy(now);
    }
  }

  @Override
  public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
    return CompletableFuture.completedFuture(
        shardOf(address).reserve(clock.millis(), address, id, time));
  }

  /** How many keys, and remembered transactions, are held; for tests of what is thrown away. */
  int held() {
    int held = 0;
    for (Shard shard : shards) {
      held += shard.held();
    }
    return held;
  }

  private Shard shardOf(RoomAddress address) {
    int hash = address.hashCode();
    return shards[Math.floorMod(hash ^ (hash >>> 16), SHARDS)];
  }
}
