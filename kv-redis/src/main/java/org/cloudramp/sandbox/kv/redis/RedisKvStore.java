package org.cloudramp.sandbox.kv.redis;

import io.lettuce.core.KeyValue;
import io.lettuce.core.SetArgs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.jspecify.annotations.Nullable;

/**
 * Keeps keys in Redis 7.0 or later, standalone, behind Sentinel, or a Cluster.
 *
 * <p>A read is one {@code MGET}, a commit is one script, both in the slot of the room, so neither
 * sees half of another. A commit that was answered is as durable as the server's {@code
 * appendfsync} and its replicas make it. Times to live go by the server's clock. The server must
 * not evict keys ({@code maxmemory-policy noeviction}): a key that goes early is a promise broken.
 *
 * <p>Thread-safe. The stages complete on a thread of the driver, which must not be kept: hand the
 * work on. While the connection is broken, reads and commits wait for it to come back, up to {@code
 * timeout}, or twice that if it broke under them; a commit that was under way is sent again and
 * still applied once.
 */
public final class RedisKvStore implements KvStore {
  private static final Setting<Duration> TIMEOUT =
      Setting.positiveDuration("timeout", Duration.ofSeconds(1), "how long to wait for an answer");
  private static final Setting<Integer> KEYS_PER_ROOM =
      Setting.integer(
          "keysPerRoom",
          10_000,
          1,
          Integer.MAX_VALUE,
          "how many keys a room may hold; a commit that would leave more is refused");
  private static final Setting<Optional<Path>> TRUSTED_CERTIFICATES =
      Setting.optionalPath("trustedCertificates", "a file of certificates in PEM to trust with TLS")
          .otherwise("those of the platform");

  private static final Executor SOON = CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS);

  /** All that there is between start and close. */
  private record Running(
      RedisConnection connection,
      CommitScript script,
      RedisFailures failures,
      Duration timeout,
      int keysPerRoom) {}

  private @Nullable Running running;

  /** A store that connects when it is started. */
  public RedisKvStore() {}

  @Override
  public String name() {
    return "redis";
  }

  @Override
  public List<Setting<?>> declaredSettings() {
    return List.of(RedisAddress.URI_SETTING, TRUSTED_CERTIFICATES, TIMEOUT, KEYS_PER_ROOM);
  }

  @Override
  public void start(PluginContext context) {
    PluginSettings settings = context.settings();
    Duration timeout = TIMEOUT.read(settings);
    int keysPerRoom = KEYS_PER_ROOM.read(settings);
    Optional<Path> trusted = TRUSTED_CERTIFICATES.read(settings);
    RedisAddress address = RedisAddress.from(settings, timeout);
    RedisConnection connection = RedisConnection.open(address, timeout, trusted);
    running =
        new Running(
            connection,
            new CommitScript(connection.commands(), keysPerRoom),
            new RedisFailures(address, timeout),
            timeout,
            keysPerRoom);
  }

  /** Redis may be started at the same time as this, or be loading its data. */
  @Override
  public boolean mayStartAgain() {
    return true;
  }

  @Override
  public void close() {
    Running closing = running;
    running = null;
    if (closing != null) {
      closing.connection().close();
    }
  }

  @Override
  public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
    List<String> asked = keys.stream().distinct().toList();
    if (asked.isEmpty()) {
      return CompletableFuture.completedFuture(Map.of()); // MGET must be given a key
    }
    Running now = running();
    RoomKeys names = new RoomKeys(address);
    byte[][] redisKeys = asked.stream().map(names::key).toArray(byte[][]::new);
    return typed(
        now.timeout(),
        () -> now.connection().commands().mget(redisKeys),
        values -> found(asked, values),
        failure -> now.failures().readFailed(address, failure));
  }

  @Override
  public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
    Running now = running();
    return typed(
        now.timeout(),
        () -> now.script().run(address, transaction),
        answer -> result(address, now, answer),
        failure -> now.failures().commitFailed(address, failure));
  }

  @Override
  public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
    Running now = running();
    RoomKeys names = new RoomKeys(address);
    byte[] holder = names.transaction(id);
    // Sent again after a broken connection it still succeeds, for it gives what was there before.
    SetArgs ifFree = SetArgs.Builder.nx().px(time);
    return typed(
        now.timeout(),
        () -> now.connection().commands().setGet(names.reservation(), holder, ifFree),
        before -> before == null || Arrays.equals(before, holder),
        failure -> now.failures().reserveFailed(address, failure));
  }

  private static Map<String, Bytes> found(
      List<String> asked, List<KeyValue<byte[], byte[]>> values) {
    Map<String, Bytes> found = new HashMap<>();
    for (int i = 0; i < asked.size(); i++) {
      if (values.get(i).hasValue()) {
        found.put(asked.get(i), Bytes.adopt(values.get(i).getValue()));
      }
    }
    return found;
  }

  private static CommitResult result(RoomAddress address, Running now, String answer) {
    int space = answer.indexOf(' ');
    String rest = answer.substring(space + 1);
    return switch (space < 0 ? answer : answer.substring(0, space)) {
      case "COMMITTED" -> CommitResult.committed();
      case "CONFLICT" -> CommitResult.conflict();
      case "FULL" ->
          throw new StoreException(
              StoreException.Kind.REFUSED,
              "%s: there would be %s, and the setting keysPerRoom allows %d"
                  .formatted(now.failures().about("commit", address), rest, now.keysPerRoom()));
      case "WRONGTYPE" ->
          throw new StoreException(
              StoreException.Kind.REFUSED,
              "%s: something else than this store wrote to the Redis key %s"
                  .formatted(now.failures().about("commit", address), rest));
      default -> throw new AssertionError("commit.lua answered " + answer);
    };
  }

  /**
   * Runs a command; the stage that comes back fails with nothing but typed errors.
   *
   * <p>When a connection breaks, the driver sends again what was under way, but fails the one
   * command that it was about to read the answer of. That one is sent again here; not at once, for
   * the driver has yet to notice that the connection is closed.
   */
  private static <A, T> CompletionStage<T> typed(
      Duration timeout,
      Supplier<CompletionStage<A>> command,
      Function<A, T> answered,
      Function<Throwable, StoreException> failed) {
    CompletableFuture<T> stage = new CompletableFuture<>();
    run(command, answered, failed, stage, System.nanoTime() + timeout.toNanos());
    return stage;
  }

  private static <A, T> void run(
      Supplier<CompletionStage<A>> command,
      Function<A, T> answered,
      Function<Throwable, StoreException> failed,
      CompletableFuture<T> stage,
      long deadline) {
    try {
      command
          .get()
          .thenApply(answered)
          .whenComplete(
              (value, failure) -> {
                if (failure == null) {
                  stage.complete(value);
                } else if (RedisFailures.isBrokenConnection(failure)
                    && System.nanoTime() - deadline < 0) {
                  SOON.execute(() -> run(command, answered, failed, stage, deadline));
                } else {
                  stage.completeExceptionally(failed.apply(failure));
                }
              });
    } catch (RuntimeException refusedAtOnce) {
      stage.completeExceptionally(failed.apply(refusedAtOnce));
    }
  }

  private Running running() {
    Running now = running;
    if (now == null) {
      throw new IllegalStateException("the store 'redis' is not started, or closed");
    }
    return now;
  }
}
