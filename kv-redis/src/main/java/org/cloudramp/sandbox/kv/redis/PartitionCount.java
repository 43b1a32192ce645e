package org.cloudramp.sandbox.kv.redis;

import static org.cloudramp.sandbox.kv.redis.LuaScript.ascii;
import static org.cloudramp.sandbox.kv.redis.LuaScript.text;

import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisReadOnlyException;
import io.lettuce.core.SetArgs;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * That all servers divide rooms into as many partitions: the first one writes the number into
 * Redis, under {@code sandbox:partitions}, and the others compare. Servers that disagree would keep
 * the same room in two places. A Redis that was emptied has forgotten it, so it is written and
 * compared again from time to time. Thread-safe.
 */
final class PartitionCount {
  private static final Logger log = LoggerFactory.getLogger(PartitionCount.class);

  private static final byte[] KEY = ascii("sandbox:partitions");

  private final RedisClusterAsyncCommands<byte[], byte[]> commands;
  private final RedisAddress address;
  private final int count;
  private volatile boolean isAgreed = true;

  PartitionCount(
      RedisClusterAsyncCommands<byte[], byte[]> commands, RedisAddress address, int count) {
    this.commands = commands;
    this.address = address;
    this.count = count;
  }

  /**
   * Writes or compares the number.
   *
   * @throws ConfigurationException if other servers have another
   * @throws StoreException of kind unavailable if Redis does not answer
   */
  void require(Duration timeout) {
    String others;
    try {
      byte[] known = await(commands.get(KEY), timeout);
      others = meaning(known == null ? await(write(), timeout) : known);
    } catch (RedisReadOnlyException replica) {
      return; // nothing is written through it; when it has become a master it is asked again
    } catch (RedisException e) {
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE,
          "the store 'redis' at %s does not say how its rooms are divided: %s"
              .formatted(address, e.getMessage()),
          e);
    }
    if (!isMine(others)) {
      throw new ConfigurationException(disagreement(others));
    }
  }

  /** Writes or compares the number again, in the background. */
  void lookAgain() {
    var unused =
        commands
            .get(KEY)
            .thenCompose(
                known -> known == null ? write() : CompletableFuture.completedFuture(known))
            .whenComplete(
                (before, failure) -> {
                  if (failure != null) {
                    return; // next time
                  }
                  String others = meaning(before);
                  boolean agrees = isMine(others);
                  if (isAgreed && !agrees) {
                    log.error("{}; nothing is committed until they agree", disagreement(others));
                  }
                  isAgreed = agrees;
                });
  }

  /** Why nothing may be committed now, if that is so: other servers have another number. */
  Optional<StoreException> refusal() {
    return isAgreed
        ? Optional.empty()
        : Optional.of(
            new StoreException(
                StoreException.Kind.REFUSED,
                "the servers at Redis %s divide rooms into different numbers of partitions, here %d (kv.redis.partitions): nothing is committed until they agree"
                    .formatted(address, count)));
  }

  /** Writes the number if there is none; gives what was there before. */
  private RedisFuture<byte[]> write() {
    return commands.setGet(KEY, ascii(count), SetArgs.Builder.nx());
  }

  private static byte @Nullable [] await(RedisFuture<byte[]> answer, Duration timeout) {
    return LettuceFutures.awaitOrCancel(answer, timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  private String meaning(byte @Nullable [] before) {
    return before == null ? String.valueOf(count) : text(before);
  }

  private boolean isMine(String others) {
    return others.equals(String.valueOf(count));
  }

  private String disagreement(String others) {
    return "the rooms in Redis at %s are divided into %s partitions, and this server is set to %d: set kv.redis.partitions to %s, or empty the Redis (all keys of rooms are lost then) while no server runs"
        .formatted(address, others, count, others);
  }
}
