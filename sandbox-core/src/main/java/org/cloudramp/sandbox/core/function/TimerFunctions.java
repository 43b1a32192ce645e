package org.cloudramp.sandbox.core.function;

import java.time.Duration;
import java.util.Map;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;

/** The module {@code timer}: what is to happen in the room later. */
final class TimerFunctions {
  /** What comes sooner would be a loop: a hook goes on at once what it wants at once. */
  private static final Duration MIN_DELAY = Duration.ofMillis(50);

  private static final Duration MAX_DELAY = Duration.ofDays(36_525);

  private TimerFunctions() {}

  static Map<String, Endpoint> endpoints() {
    return Map.of("set", TimerFunctions::set, "cancel", TimerFunctions::cancel);
  }

  private static void set(HookScope scope, WireReader request, WireWriter response) {
    String name = name(request);
    long delay = request.i64();
    if (delay > MAX_DELAY.toMillis()) {
      throw new HostFunctionException(
          HostFunctionException.BAD_REQUEST,
          "a delay of %d ms is longer than %d days".formatted(delay, MAX_DELAY.toDays()));
    }
    scope.setTimer(name, Duration.ofMillis(Math.max(delay, MIN_DELAY.toMillis())));
  }

  private static void cancel(HookScope scope, WireReader request, WireWriter response) {
    scope.cancelTimer(name(request));
  }

  private static String name(WireReader request) {
    String name = request.string();
    if (!RoomTimer.isName(name)) {
      throw new HostFunctionException(
          HostFunctionException.BAD_REQUEST,
          "the name of a timer has 1 to %d bytes".formatted(RoomTimer.MAX_NAME_BYTES));
    }
    return name;
  }
}
