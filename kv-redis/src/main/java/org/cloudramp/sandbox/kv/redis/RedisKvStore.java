package org.cloudramp.sandbox.kv.redis;

import io.lettuce.core.KeyValue;
import io.lettuce.core.SetArgs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.api.kv.RoomInspector;
import org.cloudramp.sandbox.api.kv.RoomLog;
import org.cloudramp.sandbox.api.kv.RoomTimers;
import org.cloudramp.sandbox.api.kv.ServerLeases;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.jspecify.annotations.Nullable;

/**
 * Keeps keys, and the logs and timers of rooms, in Redis 7.0 or later, standalone, behind Sentinel,
 * or a Cluster.
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
  /** How settings and messages call it. */
  private static final String NAME = "redis";

  /** Where the sum of a room's bytes is among the sizes of its keys. */
  private static final byte[] SUM = {' '};

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

  private static final int MAX_PARTITIONS = 4_096;
  private static final Setting<Integer> PARTITIONS =
      Setting.integer(
          "partitions",
          256,
          1,
          MAX_PARTITIONS,
          "into how many parts rooms are divided; the same on all servers, and never changed: see [below](#partitions-of-redis)");
  private static final Setting<Integer> FOLLOWED_ROOMS =
      Setting.integer(
          "followedRooms",
          100_000,
          1,
          Integer.MAX_VALUE,
          "how many rooms this server may follow: those that it has connections in");
  private static final Setting<Duration> LOG_CHECK =
      Setting.positiveDuration(
          "logCheck",
          Duration.ofSeconds(5),
          "how often the logs of followed rooms are looked into, for what was lost on the way to this server without a sign");

  /** All that there is between start and close. */
  private record Running(
      RedisConnection connection,
      Partitioning partitions,
      PartitionCount count,
      CommitScript script,
      ServiceBytes services,
      RedisRoomLog log,
      RedisLeases leases,
      RedisTimers timers,
      RedisInspector inspector,
      RedisCalls calls,
      RedisFailures failures,
      int keysPerRoom) {}

  private @Nullable Running running;

  /** A store that connects when it is started. */
  public RedisKvStore() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<Setting<?>> declaredSettings() {
    return Stream.concat(
            Stream.of(
                RedisAddress.URI_SETTING,
                TRUSTED_CERTIFICATES,
                TIMEOUT,
                KEYS_PER_ROOM,
                PARTITIONS,
                FOLLOWED_ROOMS,
                LOG_CHECK),
            LogWindow.settings().stream())
        .toList();
  }

  @Override
  public void start(PluginContext context) {
    PluginSettings settings = context.settings();
    Duration timeout = TIMEOUT.read(settings);
    int keysPerRoom = KEYS_PER_ROOM.read(settings);
    Optional<Path> trusted = TRUSTED_CERTIFICATES.read(settings);
    RedisAddress address = RedisAddress.from(settings, timeout);
    Partitioning partitions = new Partitioning(PARTITIONS.read(settings));
    LogWindow window = LogWindow.read(settings);
    int mostFollowed = FOLLOWED_ROOMS.read(settings);
    Duration checkEach = LOG_CHECK.read(settings);
    RedisConnection connection = RedisConnection.open(address, timeout, trusted);
    PartitionCount count = new PartitionCount(connection.commands(), address, partitions.count());
    try {
      count.require(timeout);
    } catch (RuntimeException e) {
      connection.close();
      throw e;
    }
    RedisCalls calls = new RedisCalls(timeout);
    RedisFailures failures = new RedisFailures(address, timeout);
    RedisRoomLog log =
        new RedisRoomLog(
            new RedisRoomLog.Parts(
                connection.commands(),
                calls,
                failures,
                partitions,
                connection.channels(),
                window,
                mostFollowed,
                checkEach),
            connection.timer());
    connection.whenConnected(log::connected);
    var unused =
        connection
            .timer()
            .scheduleWithFixedDelay(
                count::lookAgain,
                checkEach.toMillis(),
                checkEach.toMillis(),
                TimeUnit.MILLISECONDS);
    running =
        new Running(
            connection,
            partitions,
            count,
            new CommitScript(connection.commands(), partitions, window, keysPerRoom),
            new ServiceBytes(connection.commands(), partitions),
            log,
            new RedisLeases(connection.commands(), calls, failures, partitions),
            new RedisTimers(connection.commands(), calls, failures, partitions),
            new RedisInspector(connection.commands(), calls, failures, partitions, window),
            calls,
            failures,
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
      closing.log().close();
      closing.services().close();
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
    RoomKeys names = now.partitions().keysOf(address);
    byte[][] redisKeys = asked.stream().map(names::key).toArray(byte[][]::new);
    return now.calls()
        .call(
            () -> now.connection().commands().mget(redisKeys),
            values -> found(asked, values),
            failure -> now.failures().readFailed(address, failure));
  }

  @Override
  public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
    Running now = running();
    Optional<StoreException> refusal = now.count().refusal();
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get());
    }
    long growth = CommitScript.mostGrowth(transaction);
    boolean isCounted = transaction.quota().serviceBytes() < Long.MAX_VALUE;
    if (!isCounted || growth == 0) {
      return answer(now, address, transaction, isCounted ? 0 : Long.MAX_VALUE, 0)
          .thenApply(answer -> told(now, address, transaction, answer));
    }
    return commitWithin(now, address, transaction, growth)
        .thenCompose(
            answer ->
                answer.is("SERVICE")
                    ? afterLookingAgain(now, address, transaction, growth)
                    : CompletableFuture.completedFuture(answer))
        .thenApply(answer -> told(now, address, transaction, answer));
  }

  /** What the answer means; those of this process who follow the room hear of it at once. */
  private static CommitResult told(
      Running now, RoomAddress address, KvTransaction transaction, Answer answer) {
    CommitResult result = result(now, address, transaction, answer);
    if (result instanceof CommitResult.Committed committed) {
      committed
          .first()
          .ifPresent(
              first ->
                  now.log()
                      .appended(address, answer.after(), transaction.appends(), first.stamp()));
    }
    return result;
  }

  /** Commits unless the service would exceed its quota, as far as is known. */
  private static CompletionStage<Answer> commitWithin(
      Running now, RoomAddress address, KvTransaction transaction, long growth) {
    return reserve(now, address, transaction, growth)
        .thenCompose(allowed -> answer(now, address, transaction, allowed, allowed));
  }

  private static CompletionStage<Answer> afterLookingAgain(
      Running now, RoomAddress address, KvTransaction transaction, long growth) {
    return now.calls()
        .call(
            () -> now.services().lookAgain(address.service()),
            looked -> looked,
            failure -> now.failures().countFailed(address, failure))
        .thenCompose(looked -> commitWithin(now, address, transaction, growth));
  }

  private static CompletionStage<Long> reserve(
      Running now, RoomAddress address, KvTransaction transaction, long growth) {
    return now.calls()
        .call(
            () ->
                now.services()
                    .reserve(address.service(), growth, transaction.quota().serviceBytes()),
            allowed -> allowed,
            failure -> now.failures().countFailed(address, failure));
  }

  /**
   * Runs the script.
   *
   * @param reserved of the service for this
   */
  private static CompletionStage<Answer> answer(
      Running now, RoomAddress address, KvTransaction transaction, long allowed, long reserved) {
    boolean isCounted = transaction.quota().serviceBytes() < Long.MAX_VALUE;
    return now.calls()
        .call(
            () -> now.script().run(address, transaction, allowed),
            Answer::parse,
            failure -> now.failures().commitFailed(address, failure))
        .whenComplete(
            (answer, failure) -> {
              // Also when nobody knows what became of it.
              now.timers().changed(address, transaction.timers());
              if (isCounted) {
                boolean isDone = failure == null && answer.account().isPresent();
                now.services()
                    .settle(
                        address,
                        reserved,
                        isDone ? answer.growth() : 0,
                        isDone ? answer.account() : Optional.empty());
              }
            });
  }

  @Override
  public CompletionStage<OptionalLong> headroom(RoomAddress address, KvQuota quota) {
    Running now = running();
    CompletionStage<Long> room =
        now.calls()
            .call(
                () ->
                    now.connection().commands().hget(now.partitions().keysOf(address).sizes(), SUM),
                sum ->
                    quota.roomBytes()
                        - (sum == null
                            ? 0
                            : Long.parseLong(new String(sum, StandardCharsets.US_ASCII))),
                failure -> now.failures().countFailed(address, failure));
    if (quota.serviceBytes() == Long.MAX_VALUE) {
      return room.thenApply(left -> OptionalLong.of(Math.max(0, left)));
    }
    return room.thenCombine(
        now.calls()
            .call(
                () -> now.services().held(address.service()),
                held -> quota.serviceBytes() - held,
                failure -> now.failures().countFailed(address, failure)),
        (ofRoom, ofService) -> OptionalLong.of(Math.max(0, Math.min(ofRoom, ofService))));
  }

  @Override
  public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
    Running now = running();
    RoomKeys names = now.partitions().keysOf(address);
    byte[] holder = names.transaction(id);
    // Sent again after a broken connection it still succeeds, for it gives what was there before.
    SetArgs ifFree = SetArgs.Builder.nx().px(time);
    return now.calls()
        .call(
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

  /**
   * What {@code commit.lua} answers.
   *
   * @param growth of the room, if it was committed
   * @param result committed, conflict or fenced, if it is one of them
   * @param after what was appended comes after this
   * @param account of the room, if it was committed
   */
  private record Answer(
      String word,
      String rest,
      long growth,
      CommitResult result,
      LogPosition after,
      Optional<RoomAccount> account) {
    static Answer parse(String text) {
      int space = text.indexOf(' ');
      String word = space < 0 ? text : text.substring(0, space);
      String rest = text.substring(space + 1);
      if (!word.equals("COMMITTED")) {
        CommitResult result =
            word.equals("FENCED") ? CommitResult.fenced() : CommitResult.conflict();
        return new Answer(word, rest, 0, result, LogPosition.none(), Optional.empty());
      }
      String[] words = rest.split(" ", 6);
      long growth = Long.parseLong(words[0]);
      long first = Long.parseLong(words[2]);
      Optional<RoomAccount> account = Optional.of(RoomAccount.parse(words[5]));
      if (first == 0) {
        return new Answer(
            word, rest, growth, CommitResult.committed(), LogPosition.none(), account);
      }
      LogPosition position = new LogPosition(words[1], first, Long.parseLong(words[4]));
      LogPosition after = new LogPosition(words[1], first - 1, Long.parseLong(words[3]));
      return new Answer(word, rest, growth, CommitResult.committed(position), after, account);
    }

    boolean is(String expected) {
      return word.equals(expected);
    }
  }

  private static CommitResult result(
      Running now, RoomAddress address, KvTransaction transaction, Answer answer) {
    KvQuota quota = transaction.quota();
    return switch (answer.word()) {
      case "COMMITTED", "CONFLICT", "FENCED" -> answer.result();
      case "FULL" ->
          throw new StoreException(
              StoreException.Kind.QUOTA,
              "%s: there would be %s, and the setting kv.redis.keysPerRoom allows %d"
                  .formatted(
                      now.failures().about("commit", address), answer.rest(), now.keysPerRoom()));
      case "BYTES" -> throw quota.roomIsFull(NAME, address, Long.parseLong(answer.rest()));
      case "TIMERS" ->
          throw transaction.timers().tooMany(NAME, address, Integer.parseInt(answer.rest()));
      case "SERVICE" ->
          throw quota.serviceIsFull(
              NAME,
              address,
              now.services().known(address.service()) + Long.parseLong(answer.rest()));
      case "WRONGTYPE" ->
          throw new StoreException(
              StoreException.Kind.REFUSED,
              "%s: something else than this store wrote to the Redis key %s"
                  .formatted(now.failures().about("commit", address), answer.rest()));
      default -> throw new AssertionError("commit.lua answered " + answer);
    };
  }

  @Override
  public Optional<RoomLog> log() {
    return Optional.of(running().log());
  }

  @Override
  public Optional<ServerLeases> servers() {
    return Optional.of(running().leases());
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public Optional<RoomTimers> timers() {
    return Optional.of(running().timers());
  }

  @Override
  public Optional<RoomInspector> inspector() {
    return Optional.of(running().inspector());
  }

  private Running running() {
    Running now = running;
    if (now == null) {
      throw new IllegalStateException("the store 'redis' is not started, or closed");
    }
    return now;
  }
}
