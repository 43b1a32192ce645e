package org.cloudramp.sandbox.kv.redis;

import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to the sharded channels of partitions, for as long as it is told to. After a connection
 * broke the driver asks for all its channels in one command, which a Cluster refuses when they are
 * in several slots; and a server ends subscriptions to slots that it gives away. So whenever there
 * is a sign of either, and each time that {@link #renew} is called, each channel is subscribed to
 * again, where it is by then. That is harmless where nothing was lost, and each confirmation is
 * passed on: what was told before it may have been missed.
 *
 * <p>Thread-safe. What is heard is passed on by threads of the driver.
 */
final class LogChannels implements AutoCloseable {
  /** Who is told of what is heard. */
  interface Ear {
    /** A message of a partition's channel: of whoever may publish there. */
    void heard(int partition, byte[] message);

    /**
     * Messages of a partition may have been missed until now: the subscription was made, or made
     * again, or refused.
     */
    void mayHaveMissed(int partition);
  }

  private static final Logger log = LoggerFactory.getLogger(LogChannels.class);

  /** Not at once, for the driver has yet to notice; together with what else is lost then. */
  private static final Executor SOON = CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);

  /** Between attempts that fail. */
  private static final Executor LATER =
      CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS);

  private final ChannelConnections connections;
  private final Partitioning partitions;
  private final Ear ear;
  private final Map<String, Integer> names = new ConcurrentHashMap<>();
  private final Set<Integer> wanted = ConcurrentHashMap.newKeySet();

  /** So that many signs of one trouble have all channels subscribed to once. */
  private final AtomicBoolean isRenewalDue = new AtomicBoolean();

  private final AtomicBoolean isRefusalLogged = new AtomicBoolean();
  private volatile boolean closed;

  LogChannels(ChannelConnections connections, Partitioning partitions, Ear ear) {
    this.connections = connections;
    this.partitions = partitions;
    this.ear = ear;
  }

  /** Begins to listen to a partition. */
  void add(int partition) {
    names.put(name(partitions.channelOf(partition)), partition);
    wanted.add(partition);
    subscribe(partition);
  }

  /** Ends listening to a partition. */
  void remove(int partition) {
    wanted.remove(partition);
    byte[] channel = partitions.channelOf(partition);
    var unused =
        connectionOf(channel)
            .thenCompose(connection -> connection.async().sunsubscribe(channel))
            .whenComplete(
                (ended, failure) -> {
                  if (wanted.contains(partition)) { // it was wanted again meanwhile
                    subscribe(partition);
                  }
                });
  }

  /** Makes sure that all that is wanted is listened to. */
  void renew() {
    wanted.forEach(this::subscribe);
  }

  /** A connection was lost or made, or a subscription lost. */
  void renewSoon() {
    if (isRenewalDue.compareAndSet(false, true)) {
      renewIn(SOON);
    }
  }

  @Override
  public void close() {
    closed = true;
    wanted.clear();
  }

  private void renewIn(Executor delay) {
    delay.execute(
        () -> {
          isRenewalDue.set(false);
          renew();
        });
  }

  private void subscribe(int partition) {
    byte[] channel = partitions.channelOf(partition);
    var unused =
        connectionOf(channel)
            .thenCompose(connection -> connection.async().ssubscribe(channel))
            .whenComplete(
                (subscribed, failure) -> {
                  if (failure != null && !closed && wanted.contains(partition)) {
                    failed(partition, failure);
                  }
                });
  }

  private void failed(int partition, Throwable failure) {
    Optional<String> refusal = RedisFailures.refusal(failure);
    if (refusal.isPresent()) { // to ask again soon is no use
      if (isRefusalLogged.compareAndSet(false, true)) {
        log.error(
            "the server says '{}' to who listens to its channels: rooms hear of other servers only every kv.redis.logCheck; allow the user in kv.redis.uri the channels sandbox:*",
            refusal.get());
      }
      ear.mayHaveMissed(partition);
      return;
    }
    log.debug("partition {} cannot be listened to, yet", partition, failure);
    if (isRenewalDue.compareAndSet(false, true)) {
      var unused = connections.lookAgain().whenComplete((done, failed) -> renewIn(LATER));
    }
  }

  private CompletionStage<StatefulRedisPubSubConnection<byte[], byte[]>> connectionOf(
      byte[] channel) {
    try {
      return connections.of(channel, this::listenTo);
    } catch (RuntimeException refusedAtOnce) {
      return CompletableFuture.failedFuture(refusedAtOnce);
    }
  }

  private void listenTo(StatefulRedisPubSubConnection<byte[], byte[]> connection) {
    connection.addListener(
        new RedisPubSubAdapter<>() {
          @Override
          public void smessage(byte[] channel, byte[] message) {
            Integer partition = names.get(name(channel));
            if (partition != null) {
              ear.heard(partition, message);
            }
          }

          @Override
          public void ssubscribed(byte[] channel, long count) {
            Integer partition = names.get(name(channel));
            if (partition != null && wanted.contains(partition)) {
              ear.mayHaveMissed(partition);
            }
          }

          @Override
          public void sunsubscribed(byte[] channel, long count) {
            Integer partition = names.get(name(channel));
            if (partition != null && wanted.contains(partition)) {
              renewSoon();
            }
          }
        });
  }

  private static String name(byte[] channel) {
    return new String(channel, StandardCharsets.ISO_8859_1);
  }
}
