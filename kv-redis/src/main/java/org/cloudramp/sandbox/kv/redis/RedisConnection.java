package org.cloudramp.sandbox.kv.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SocketOptions.KeepAliveOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;

/**
 * One connection to a server, or one to each node of a Cluster, that mends itself. All callers
 * share it: commands are pipelined, never blocking.
 *
 * <p>While it is broken, commands wait for it to be mended, up to their time-out; those that were
 * under way are sent again. That is safe, because all this store sends may come twice.
 */
final class RedisConnection implements AutoCloseable {
  /** Commands that may wait for a broken connection; more are refused at once. */
  private static final int MAX_QUEUE = 10_000;

  /** How long to wait between attempts to connect; drawn at random, growing up to the second. */
  private static final Duration SOONEST = Duration.ofMillis(10);

  private static final Duration LATEST = Duration.ofSeconds(1);

  /** How often to look whether a Cluster has changed though nobody said so. */
  private static final Duration REFRESH = Duration.ofSeconds(30);

  /** Finds out in 25 s that a server is gone without a word, when nothing is under way. */
  private static final KeepAliveOptions KEEP_ALIVE =
      KeepAliveOptions.builder()
          .enable()
          .idle(Duration.ofSeconds(10))
          .interval(Duration.ofSeconds(5))
          .count(3)
          .build();

  private static final Duration SHUTDOWN = Duration.ofSeconds(2);

  private final ClientResources resources;
  private final AbstractRedisClient client;
  private final RedisURI node;
  private final RedisClusterAsyncCommands<byte[], byte[]> commands;

  private RedisConnection(
      ClientResources resources,
      AbstractRedisClient client,
      RedisURI node,
      RedisClusterAsyncCommands<byte[], byte[]> commands) {
    this.resources = resources;
    this.client = client;
    this.node = node;
    this.commands = commands;
  }

  /**
   * Connects, and looks whether the server will do.
   *
   * @param trusted certificates to trust instead of the platform's, in PEM
   * @throws StoreException of kind unavailable if it cannot be reached or does not serve yet; of
   *     kind refused if its certificate is not trusted
   * @throws ConfigurationException if it refuses the user or the database, is too old, or is a
   *     Cluster where none is said to be
   */
  static RedisConnection open(RedisAddress address, Duration timeout, Optional<Path> trusted) {
    ClientResources resources =
        DefaultClientResources.builder()
            .reconnectDelay(
                Delay.fullJitter(SOONEST, LATEST, SOONEST.toMillis(), TimeUnit.MILLISECONDS))
            .build();
    AbstractRedisClient client =
        address.isCluster()
            ? RedisClusterClient.create(resources, address.nodes())
            : RedisClient.create(resources, address.nodes().get(0));
    try {
      var commands = connect(client, timeout, trusted);
      String info =
          LettuceFutures.awaitOrCancel(
              commands.info("server"), timeout.toNanos(), TimeUnit.NANOSECONDS);
      if (ServerInfo.check(address.toString(), info).isCluster() && !address.isCluster()) {
        throw new ConfigurationException(
            "the server at %s is a node of a Cluster; begin the setting uri with redis-cluster:"
                .formatted(address));
      }
      return new RedisConnection(resources, client, address.nodes().get(0), commands);
    } catch (RedisException e) {
      close(client, resources);
      throw notUsable(address, e);
    } catch (RuntimeException e) {
      close(client, resources);
      throw e;
    }
  }

  RedisClusterAsyncCommands<byte[], byte[]> commands() {
    return commands;
  }

  /** Further connections, for channels. They end with this one. */
  ChannelConnections channels() {
    return new ChannelConnections(client, node);
  }

  /** Runs something from time to time, on a thread of the driver, until this is closed. */
  ScheduledExecutorService timer() {
    return resources.eventExecutorGroup();
  }

  /** Has a task run each time that a connection was made, or made again. */
  void whenConnected(Runnable task) {
    client.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisConnected(RedisChannelHandler<?, ?> connection, SocketAddress server) {
            task.run();
          }
        });
  }

  @Override
  public void close() {
    close(client, resources);
  }

  private static RedisClusterAsyncCommands<byte[], byte[]> connect(
      AbstractRedisClient client, Duration timeout, Optional<Path> trusted) {
    if (client instanceof RedisClusterClient cluster) {
      // The driver heeds every sign that slots have moved; this is for what it missed.
      ClusterTopologyRefreshOptions refresh =
          ClusterTopologyRefreshOptions.builder()
              .adaptiveRefreshTriggersTimeout(LATEST)
              .enablePeriodicRefresh(REFRESH)
              .build();
      ClusterClientOptions.Builder options =
          ClusterClientOptions.builder().topologyRefreshOptions(refresh);
      configure(options, timeout, trusted);
      cluster.setOptions(options.build());
      return cluster.connect(ByteArrayCodec.INSTANCE).async();
    }
    RedisClient single = (RedisClient) client;
    ClientOptions.Builder options = ClientOptions.builder();
    configure(options, timeout, trusted);
    single.setOptions(options.build());
    return single.connect(ByteArrayCodec.INSTANCE).async();
  }

  private static void configure(
      ClientOptions.Builder options, Duration timeout, Optional<Path> trusted) {
    options
        .requestQueueSize(MAX_QUEUE)
        .timeoutOptions(TimeoutOptions.enabled(timeout))
        .socketOptions(
            SocketOptions.builder().connectTimeout(timeout).keepAlive(KEEP_ALIVE).build());
    trusted.ifPresent(
        certificates ->
            options.sslOptions(
                SslOptions.builder().jdkSslProvider().trustManager(certificates.toFile()).build()));
  }

  private static SandboxException notUsable(RedisAddress address, RedisException failure) {
    if (RedisFailures.isAuthentication(failure)) {
      return new ConfigurationException(
          "the server at %s refuses the user or password in the setting uri".formatted(address),
          failure);
    }
    Optional<String> refusal = RedisFailures.refusal(failure);
    if (refusal.isPresent()) {
      return new ConfigurationException(
          "the server at %s says '%s'; check the setting uri".formatted(address, refusal.get()),
          failure);
    }
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return new StoreException(
        RedisFailures.isDistrust(failure)
            ? StoreException.Kind.REFUSED
            : StoreException.Kind.UNAVAILABLE,
        "the store 'redis' cannot use the server at %s: %s".formatted(address, root.getMessage()),
        failure);
  }

  private static void close(AbstractRedisClient client, ClientResources resources) {
    client.shutdown(Duration.ZERO, SHUTDOWN);
    resources
        .shutdown(0, SHUTDOWN.toMillis(), TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(SHUTDOWN.toMillis());
  }
}
