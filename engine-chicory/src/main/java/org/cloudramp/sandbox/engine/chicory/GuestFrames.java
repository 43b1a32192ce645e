package org.cloudramp.sandbox.engine.chicory;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.jspecify.annotations.Nullable;

/**
 * The guest's functions in a stack trace. The compiler makes a method {@code func_7} of function 7,
 * in classes whose names begin with {@code CompiledMachine}; the thread that runs a guest is
 * Java's, so they are in the trace of whatever is thrown on it.
 */
final class GuestFrames {
  private static final String CLASS = ".CompiledMachine";
  private static final String METHOD = "func_";

  /** Of digits: there are no more functions than that. */
  private static final int MAX_DIGITS = 7;

  /** So far the innermost cause may be: what a guest runs into has two or three. */
  private static final int MAX_CAUSES = 8;

  private GuestFrames() {}

  /**
   * The functions in the trace of a throwable, the innermost first. Where several of its causes
   * have some, the innermost cause knows most: a stack that was exhausted is told of by others.
   *
   * @param imported so many functions of the module are imports, which have a method as well
   */
  static List<Integer> functionsIn(Throwable thrown, int imported) {
    List<Integer> functions = List.of();
    @Nullable Throwable next = thrown;
    for (int i = 0; i < MAX_CAUSES && next != null; i++) {
      List<Integer> own = functionsIn(next.getStackTrace(), imported);
      if (!own.isEmpty()) {
        functions = own;
      }
      next = next.getCause();
    }
    return functions;
  }

  private static List<Integer> functionsIn(StackTraceElement[] trace, int imported) {
    List<Integer> functions = new ArrayList<>();
    for (StackTraceElement frame : trace) {
      OptionalInt function = function(frame);
      if (function.isPresent() && function.getAsInt() >= imported) {
        functions.add(function.getAsInt());
        if (functions.size() == CompiledModule.MAX_FUNCTIONS) {
          break;
        }
      }
    }
    return functions;
  }

  private static OptionalInt function(StackTraceElement frame) {
    String method = frame.getMethodName();
    if (!method.startsWith(METHOD) || !frame.getClassName().contains(CLASS)) {
      return OptionalInt.empty();
    }
    String index = method.substring(METHOD.length());
    boolean isIndex =
        !index.isEmpty()
            && index.length() <= MAX_DIGITS
            && index.chars().allMatch(character -> character >= '0' && character <= '9');
    return isIndex ? OptionalInt.of(Integer.parseInt(index)) : OptionalInt.empty();
  }
}
