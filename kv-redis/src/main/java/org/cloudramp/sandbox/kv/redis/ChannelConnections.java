package org.cloudramp.sandbox.kv.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections on which channels are listened to: one to the server, or one to each master of a
 * Cluster that has a channel which is listened to. Made when they are needed, beside those for
 * commands, and mended by the driver. Thread-safe.
 */
final class ChannelConnections {
  private final Supplier<CompletableFuture<? extends StatefulRedisPubSubConnection<byte[], byte[]>>>
      opener;
  private final @Nullable RedisClusterClient cluster;

  /** Those to which the listener was added; a Cluster's come and go with its masters. */
  private final Set<StatefulRedisPubSubConnection<byte[], byte[]>> known =
      Collections.newSetFromMap(new WeakHashMap<>());

  private @Nullable CompletableFuture<? extends StatefulRedisPubSubConnection<byte[], byte[]>>
      first;

  ChannelConnections(AbstractRedisClient client, RedisURI node) {
    if (client instanceof RedisClusterClient clustered) {
      cluster = clustered;
      opener = () -> clustered.connectPubSubAsync(ByteArrayCodec.INSTANCE);
    } else {
      cluster = null;
      RedisClient single = (RedisClient) client;
      opener = () -> single.connectPubSubAsync(ByteArrayCodec.INSTANCE, node).toCompletableFuture();
    }
  }

  /**
   * The connection to whoever has a channel, as far as is known.
   *
   * @param prepare is given each connection once, before anything else is done with it
   */
  CompletionStage<StatefulRedisPubSubConnection<byte[], byte[]>> of(
      byte[] channel, Consumer<StatefulRedisPubSubConnection<byte[], byte[]>> prepare) {
    return first()
        .thenCompose(connection -> toMasterOf(channel, connection))
        .thenApply(
            connection -> {
              synchronized (known) {
                if (known.add(connection)) {
                  prepare.accept(connection);
                }
              }
              return connection;
            });
  }

  /** Asks a Cluster who has which slot. */
  CompletionStage<Void> lookAgain() {
    return cluster == null
        ? CompletableFuture.completedFuture(null)
        : cluster.refreshPartitionsAsync();
  }

  private synchronized CompletableFuture<? extends StatefulRedisPubSubConnection<byte[], byte[]>>
      first() {
    if (first == null || first.isCompletedExceptionally()) {
      first = opener.get();
    }
    return first;
  }

  private static CompletionStage<StatefulRedisPubSubConnection<byte[], byte[]>> toMasterOf(
      byte[] channel, StatefulRedisPubSubConnection<byte[], byte[]> connection) {
    if (!(connection instanceof StatefulRedisClusterPubSubConnection<byte[], byte[]> clustered)) {
      return CompletableFuture.completedFuture(connection);
    }
    RedisClusterNode master =
        clustered.getPartitions().getPartitionBySlot(SlotHash.getSlot(channel));
    return master == null
        ? CompletableFuture.failedFuture(
            new IllegalStateException("nobody has the slot of the channel"))
        : clustered.getConnectionAsync(master.getNodeId());
  }
}
