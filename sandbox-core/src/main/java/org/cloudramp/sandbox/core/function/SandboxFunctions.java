package org.cloudramp.sandbox.core.function;

import java.util.Map;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;

/** The module {@code sandbox}: what a guest needs to be a guest. */
final class SandboxFunctions {
  /** An abort's words go into errors, logs and records: enough to find the place. */
  private static final int MAX_MESSAGE = 1_000;

  private static final int MAX_FILE = 200;

  private SandboxFunctions() {}

  static Map<String, Endpoint> endpoints() {
    return Map.of(
        "log", SandboxFunctions::log,
        "abort", SandboxFunctions::abort,
        "refuse", SandboxFunctions::refuse,
        "result", SandboxFunctions::result);
  }

  private static void log(HookScope scope, WireReader request, WireWriter response) {
    int level = request.u8();
    HookScope.LogLevel[] levels = HookScope.LogLevel.values();
    if (level >= levels.length) {
      throw new HostFunctionException(
          HostFunctionException.BAD_REQUEST,
          "log level %d is not 0 (debug), 1 (info), 2 (warn) or 3 (error)".formatted(level));
    }
    scope.log(levels[level], request.string());
  }

  private static void abort(HookScope scope, WireReader request, WireWriter response) {
    String message = InertText.cut(request.string(), MAX_MESSAGE);
    String file = InertText.cut(request.string(), MAX_FILE);
    int line = request.i32();
    int column = request.i32();
    throw new GuestException(
        GuestException.Kind.TRAPPED,
        "aborted: %s (%s:%d:%d)".formatted(message, file, line, column));
  }

  /**
   * The words are cut to what fits: a refusal must not become a fault because of a name in them
   * that a stranger has chosen.
   */
  private static void refuse(HookScope scope, WireReader request, WireWriter response) {
    int code = request.i32();
    String reason = CloseFrame.fitting(request.string());
    if (scope.hook() != Hook.ON_JOIN) {
      throw new HostFunctionException(
          HostFunctionException.DENIED,
          "sandbox.refuse is for onJoin, and this is %s; conn.close shows out who is in the room"
              .formatted(scope.hook()));
    }
    CloseFrame frame;
    try {
      frame = CloseFrame.ofApplication(code, reason);
    } catch (IllegalArgumentException e) {
      throw new HostFunctionException(
          HostFunctionException.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
    scope.refuse(frame);
  }

  /** Known here so that it can be imported; the mailbox answers it before a call gets this far. */
  private static void result(HookScope scope, WireReader request, WireWriter response) {
    throw new IllegalStateException("the mailbox answers sandbox.result");
  }
}
