package org.cloudramp.sandbox.kv.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;

/**
 * Runs {@code commit.lua}, by its digest; in full where the server does not know it (the first
 * time, after it restarted, after a failover). Thread-safe.
 */
final class CommitScript {
  /** Far longer than anybody retries a commit, and short enough not to fill the memory. */
  private static final Duration REMEMBERED = Duration.ofMinutes(2);

  private static final Duration MAX_LIFE = Duration.ofDays(36_525);
  private static final byte[] DELETE = ascii("delete");
  private static final byte[] NEVER = ascii("never");
  private static final byte[] KEEP = ascii("keep ");
  private static final byte[] NOTHING = {};
  private static final byte[] ABSENT = {'-'};

  /** What the script is told of each kind of write: the life of the key, and its value. */
  private static final KvWrite.Visitor<List<byte[]>> ARGUMENTS =
      new KvWrite.Visitor<>() {
        @Override
        public List<byte[]> put(KvWrite.Put put) {
          return List.of(
              put.timeToLive().map(CommitScript::millis).orElse(NEVER), put.value().toArray());
        }

        @Override
        public List<byte[]> delete(KvWrite.Delete delete) {
          return List.of(DELETE, NOTHING);
        }

        @Override
        public List<byte[]> update(KvWrite.Update update) {
          byte[] life = update.timeToLive().map(CommitScript::millis).orElse(NEVER);
          return List.of(join(KEEP, life), update.value().toArray());
        }
      };

  private final RedisClusterAsyncCommands<byte[], byte[]> commands;
  private final byte[] source;
  private final String digest;
  private final int keysPerRoom;

  CommitScript(RedisClusterAsyncCommands<byte[], byte[]> commands, int keysPerRoom) {
    this.commands = commands;
    this.source = load();
    this.digest = commands.digest(source);
    this.keysPerRoom = keysPerRoom;
  }

  /**
   * What the script answers: {@code COMMITTED}, {@code CONFLICT}, {@code FULL} and the number of
   * keys there would be, {@code WRONGTYPE} and the key.
   */
  CompletionStage<String> run(RoomAddress address, KvTransaction transaction) {
    RoomKeys names = new RoomKeys(address);
    List<byte[]> keys = new ArrayList<>();
    List<byte[]> arguments = new ArrayList<>();
    keys.add(names.index());
    keys.add(names.transaction(transaction.id()));
    keys.add(names.reservation());
    arguments.add(ascii(REMEMBERED.toMillis()));
    arguments.add(ascii(keysPerRoom));
    arguments.add(ascii(names.prefixLength()));
    arguments.add(ascii(transaction.reads().size()));
    for (Map.Entry<String, Optional<Bytes>> read : transaction.reads().entrySet()) {
      keys.add(names.key(read.getKey()));
      arguments.add(expected(read.getValue()));
    }
    for (KvWrite write : transaction.writes()) {
      keys.add(names.key(write.key()));
      arguments.addAll(write.accept(ARGUMENTS));
    }
    return run(keys.toArray(byte[][]::new), arguments.toArray(byte[][]::new));
  }

  private CompletionStage<String> run(byte[][] keys, byte[][] arguments) {
    CompletionStage<byte[]> known =
        commands.evalsha(digest, ScriptOutputType.VALUE, keys, arguments);
    return known
        .exceptionallyCompose(
            failure ->
                isUnknownScript(failure)
                    ? commands.eval(source, ScriptOutputType.VALUE, keys, arguments)
                    : CompletableFuture.failedFuture(failure))
        .thenApply(answer -> new String(answer, StandardCharsets.US_ASCII));
  }

  private static boolean isUnknownScript(Throwable failure) {
    return failure instanceof RedisNoScriptException
        || failure.getCause() instanceof RedisNoScriptException;
  }

  private static byte[] expected(Optional<Bytes> held) {
    if (held.isEmpty()) {
      return ABSENT;
    }
    byte[] expected = new byte[1 + held.get().size()];
    expected[0] = '+';
    held.get().copyInto(expected, 1);
    return expected;
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** Rounded up, so that a key is never gone too early. */
  private static byte[] millis(Duration life) {
    Duration bounded = life.compareTo(MAX_LIFE) > 0 ? MAX_LIFE : life;
    return ascii(bounded.plusNanos(999_999).toMillis());
  }

  private static byte[] ascii(long number) {
    return ascii(Long.toString(number));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] load() {
    try (InputStream script = CommitScript.class.getResourceAsStream("commit.lua")) {
      if (script == null) {
        throw new IllegalStateException("commit.lua is missing from the jar of kv-redis");
      }
      return script.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
