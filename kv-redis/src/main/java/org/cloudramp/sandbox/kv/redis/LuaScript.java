package org.cloudramp.sandbox.kv.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Runs a script by its digest; in full where the server does not know it (the first time, after it
 * restarted, after a failover). Thread-safe.
 */
final class LuaScript {
  private final RedisClusterAsyncCommands<byte[], byte[]> commands;
  private final byte[] source;
  private final String digest;

  /**
   * @param files beside this class, one behind the other
   */
  LuaScript(RedisClusterAsyncCommands<byte[], byte[]> commands, String... files) {
    this.commands = commands;
    this.source = load(files);
    this.digest = commands.digest(source);
  }

  /** The text that the script answers. */
  CompletionStage<String> run(List<byte[]> keys, List<byte[]> arguments) {
    CompletionStage<byte[]> answer = run(ScriptOutputType.VALUE, keys, arguments);
    return answer.thenApply(LuaScript::text);
  }

  /** The list that the script answers. */
  CompletionStage<List<byte[]>> runForList(List<byte[]> keys, List<byte[]> arguments) {
    return run(ScriptOutputType.MULTI, keys, arguments);
  }

  private <T> CompletionStage<T> run(
      ScriptOutputType type, List<byte[]> keys, List<byte[]> arguments) {
    byte[][] keyArray = keys.toArray(byte[][]::new);
    byte[][] argumentArray = arguments.toArray(byte[][]::new);
    CompletionStage<T> known = commands.evalsha(digest, type, keyArray, argumentArray);
    return known.exceptionallyCompose(
        failure ->
            isUnknownScript(failure)
                ? commands.eval(source, type, keyArray, argumentArray)
                : CompletableFuture.failedFuture(failure));
  }

  private static boolean isUnknownScript(Throwable failure) {
    return failure instanceof RedisNoScriptException
        || failure.getCause() instanceof RedisNoScriptException;
  }

  static String text(byte[] answer) {
    return new String(answer, StandardCharsets.US_ASCII);
  }

  static byte[] ascii(long number) {
    return ascii(Long.toString(number));
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] load(String... files) {
    ByteArrayOutputStream source = new ByteArrayOutputStream();
    for (String file : files) {
      try (InputStream script = LuaScript.class.getResourceAsStream(file)) {
        if (script == null) {
          throw new IllegalStateException(file + " is missing from the jar of kv-redis");
        }
        source.writeBytes(script.readAllBytes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return source.toByteArray();
  }
}
