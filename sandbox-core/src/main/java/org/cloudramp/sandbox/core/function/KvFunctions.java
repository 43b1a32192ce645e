package org.cloudramp.sandbox.core.function;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;

/** The module {@code kv}: the keys of the room, as this hook sees them. */
final class KvFunctions {
  private KvFunctions() {}

  static Map<String, Endpoint> endpoints() {
    return Map.of(
        "get", KvFunctions::get,
        "getMany", KvFunctions::getMany,
        "set", KvFunctions::set,
        "delete", KvFunctions::delete,
        "increment", KvFunctions::increment,
        "incrementWithin", KvFunctions::incrementWithin);
  }

  private static void get(HookScope scope, WireReader request, WireWriter response) {
    response.optionalBytes(scope.read(List.of(request.string())).get(0));
  }

  private static void getMany(HookScope scope, WireReader request, WireWriter response) {
    response.optionalBytesList(scope.read(request.strings(scope.maxKeys())));
  }

  private static void set(HookScope scope, WireReader request, WireWriter response) {
    scope.put(request.string(), request.bytes(), timeToLive(request.i64()));
  }

  private static void delete(HookScope scope, WireReader request, WireWriter response) {
    scope.delete(request.string());
  }

  /** Each call sets the time to live anew. */
  private static void increment(HookScope scope, WireReader request, WireWriter response) {
    add(request, response, scope, scope::put);
  }

  /** The time to live begins with the call that makes the key. */
  private static void incrementWithin(HookScope scope, WireReader request, WireWriter response) {
    add(request, response, scope, scope::update);
  }

  /** How a sum is written. */
  private interface Writing {
    void write(String key, Bytes value, Optional<Duration> timeToLive);
  }

  /**
   * A counter is kept as its decimal digits, so that other readers of the store can make sense of
   * it.
   */
  private static void add(
      WireReader request, WireWriter response, HookScope scope, Writing writing) {
    String key = request.string();
    long by = request.i64();
    Optional<Duration> timeToLive = timeToLive(request.i64());
    long before = scope.read(List.of(key)).get(0).map(held -> number(key, held)).orElse(0L);
    long after;
    try {
      after = Math.addExact(before, by);
    } catch (ArithmeticException e) {
      throw new HostFunctionException(
          HostFunctionException.BAD_REQUEST,
          "key '%s' holds %d; %d more do not fit 64 bits".formatted(key, before, by),
          e);
    }
    writing.write(key, Bytes.utf8(Long.toString(after)), timeToLive);
    response.i64(after);
  }

  private static long number(String key, Bytes held) {
    try {
      return Long.parseLong(new String(held.toArray(), StandardCharsets.US_ASCII));
    } catch (NumberFormatException e) {
      throw new HostFunctionException(
          HostFunctionException.BAD_REQUEST,
          "key '%s' does not hold a whole number, so it cannot be incremented".formatted(key),
          e);
    }
  }

  private static Optional<Duration> timeToLive(long milliseconds) {
    if (milliseconds < 0) {
      throw new HostFunctionException(
          HostFunctionException.BAD_REQUEST,
          "a time to live of %d ms is negative; 0 means for ever".formatted(milliseconds));
    }
    return milliseconds == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(milliseconds));
  }
}
