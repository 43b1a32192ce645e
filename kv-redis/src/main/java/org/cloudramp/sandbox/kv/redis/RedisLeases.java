package org.cloudramp.sandbox.kv.redis;

import static org.cloudramp.sandbox.kv.redis.LuaScript.ascii;
import static org.cloudramp.sandbox.kv.redis.LuaScript.text;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.ServerLeases;

/**
 * The leases of servers: two sorted sets, in one slot. What keeps a fenced server from committing
 * is a key in each partition, because a commit's script sees the slot of its room only.
 * Thread-safe.
 */
final class RedisLeases implements ServerLeases {
  private static final List<byte[]> KEYS =
      List.of(ascii("sandbox:{servers}:leases"), ascii("sandbox:{servers}:claims"));

  /** Longer than a process is likely to stand still and go on. */
  private static final Duration FENCED = Duration.ofDays(1);

  private final LuaScript leases;
  private final LuaScript fence;
  private final RedisCalls calls;
  private final RedisFailures failures;
  private final Partitioning partitions;

  RedisLeases(
      RedisClusterAsyncCommands<byte[], byte[]> commands,
      RedisCalls calls,
      RedisFailures failures,
      Partitioning partitions) {
    this.leases = new LuaScript(commands, "lease.lua");
    this.fence = new LuaScript(commands, "fence.lua");
    this.calls = calls;
    this.failures = failures;
    this.partitions = partitions;
  }

  @Override
  public CompletionStage<Boolean> take(String name, String server, Duration time) {
    return ask("take", name + ".", server, millis(time)).thenApply(RedisLeases::isYes);
  }

  @Override
  public CompletionStage<LeaseRenewal> renew(String server, Duration time) {
    return ask("renew", server, millis(time), String.valueOf(MAX_ENDED))
        .thenApply(
            answer ->
                new LeaseRenewal(
                    isYes(answer),
                    answer.stream().skip(1).limit(MAX_ENDED).map(LuaScript::text).toList()));
  }

  @Override
  public CompletionStage<Boolean> claim(String ended, Duration time) {
    return ask("claim", ended, millis(time)).thenApply(RedisLeases::isYes);
  }

  @Override
  public CompletionStage<List<RoomAddress>> fence(String ended) {
    List<RoomAddress> rooms = new ArrayList<>();
    CompletableFuture<Void> fenced = CompletableFuture.completedFuture(null);
    List<CompletionStage<List<byte[]>>> asked = new ArrayList<>();
    for (int partition = 0; partition < partitions.count(); partition++) {
      asked.add(fence(partition, ended));
    }
    for (CompletionStage<List<byte[]>> answer : asked) {
      fenced =
          fenced.thenCombine(
              answer,
              (before, names) -> {
                names.forEach(name -> rooms.add(address(text(name))));
                return null;
              });
    }
    return fenced.thenApply(all -> List.copyOf(rooms));
  }

  private CompletionStage<List<byte[]>> fence(int partition, String server) {
    return calls.call(
        () ->
            fence.runForList(
                List.of(
                    partitions.fenceOf(partition, server), partitions.roomsOf(partition, server)),
                List.of(ascii(FENCED.toMillis()))),
        rooms -> rooms,
        failures::leaseFailed);
  }

  @Override
  public CompletionStage<Void> forget(String ended) {
    return ask("forget", ended).thenApply(answer -> null);
  }

  @Override
  public CompletionStage<Void> release(String server) {
    return ask("release", server).thenApply(answer -> null);
  }

  private CompletionStage<List<byte[]>> ask(String... arguments) {
    return calls.call(
        () -> leases.runForList(KEYS, Stream.of(arguments).map(LuaScript::ascii).toList()),
        answer -> answer,
        failures::leaseFailed);
  }

  private static boolean isYes(List<byte[]> answer) {
    return text(answer.get(0)).equals("yes");
  }

  private static String millis(Duration time) {
    return String.valueOf(time.toMillis());
  }

  private static RoomAddress address(String name) {
    int slash = name.indexOf('/');
    return RoomAddress.of(name.substring(0, slash), name.substring(slash + 1));
  }
}
