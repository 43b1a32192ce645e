package org.cloudramp.sandbox.engine.wasmtime;

import io.github.kawamuray.wasmtime.Func;
import io.github.kawamuray.wasmtime.Trap;
import io.github.kawamuray.wasmtime.Val;
import io.github.kawamuray.wasmtime.WasmFunctionError.TrapError;
import java.time.Duration;
import java.util.List;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.FunctionSignature.NumberType;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.GuestException.Kind;
import org.jspecify.annotations.Nullable;

/** An exported function, and the words for how a call of it may end. */
final class WasmtimeFunction implements GuestFunction {
  private static final Val[] NO_VALUES = {};

  private final WasmtimeInstance instance;
  private final Func function;
  private final FunctionSignature signature;

  WasmtimeFunction(WasmtimeInstance instance, Func function, FunctionSignature signature) {
    this.instance = instance;
    this.function = function;
    this.signature = signature;
  }

  @Override
  public long call(Duration budget, long... arguments) {
    long nanos = nanos(budget);
    Val[] values = values(arguments);
    Val[] results;
    try {
      results = instance.call(function, nanos, values);
    } catch (IllegalStateException e) {
      throw e; // the call did not begin
    } catch (Throwable e) {
      throw failure(budget, e);
    }
    if (instance.isLate()) {
      throw deadline(budget, null);
    }
    return results.length == 0 ? 0 : WasmtimeInstance.Values.toBits(results[0]);
  }

  private static long nanos(Duration budget) {
    if (budget.isNegative() || budget.isZero()) {
      throw new IllegalArgumentException("a budget of " + budget + " is not positive");
    }
    // A quarter of what fits, so that differences of deadlines do not overflow: 73 years.
    long most = Long.MAX_VALUE / 4;
    return budget.toSeconds() < most / 1_000_000_000 ? budget.toNanos() : most;
  }

  private Val[] values(long[] arguments) {
    List<NumberType> parameters = signature.parameters();
    if (arguments.length != parameters.size()) {
      throw new IllegalArgumentException(
          "the function takes %d arguments, not %d".formatted(parameters.size(), arguments.length));
    }
    if (arguments.length == 0) {
      return NO_VALUES;
    }
    Val[] values = new Val[arguments.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = WasmtimeInstance.Values.fromBits(parameters.get(i), arguments[i]);
    }
    return values;
  }

  /** What a host function threw goes before the deadline, and that before a trap. */
  private RuntimeException failure(Duration budget, Throwable thrown) {
    Throwable byHost = instance.thrownByHost();
    if (byHost != null) {
      throw WasmtimeFunction.<RuntimeException>asItIs(byHost);
    }
    if (thrown instanceof OutOfMemoryError) {
      return new GuestException(Kind.MEMORY, "there is no memory for a call", thrown);
    }
    Trap trap = thrown instanceof TrapError error ? error.trap() : Trap.UNKNOWN;
    if (trap == Trap.INTERRUPT || instance.isLate()) {
      return deadline(budget, thrown);
    }
    return new GuestException(Kind.TRAPPED, "the guest trapped: " + words(trap, thrown), thrown);
  }

  private static GuestException deadline(Duration budget, @Nullable Throwable cause) {
    return new GuestException(
        Kind.DEADLINE, "the time budget of " + budget.toMillis() + " ms is used up", cause);
  }

  /** The words of the specification. */
  private static String words(Trap trap, Throwable thrown) {
    return switch (trap) {
      case STACK_OVERFLOW -> "call stack exhausted";
      case MEMORY_OUT_OF_BOUNDS -> "out of bounds memory access";
      case TABLE_OUT_OF_BOUNDS -> "undefined element: out of bounds table access";
      case INDIRECT_CALL_TO_NULL -> "uninitialized element";
      case BAD_SIGNATURE -> "indirect call type mismatch";
      case INTEGER_OVERFLOW -> "integer overflow";
      case INTEGER_DIVISION_BY_ZERO -> "integer divide by zero";
      case BAD_CONVERSION_TO_INTEGER -> "invalid conversion to integer";
      case UNREACHABLE_CODE_REACHED -> "unreachable";
      default -> String.valueOf(thrown);
    };
  }

  /** Throws checked exceptions as well: a host function in another language may do that. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T asItIs(Throwable thrown) throws T {
    throw (T) thrown;
  }
}
