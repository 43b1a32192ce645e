package org.cloudramp.sandbox.engine.chicory;

import com.dylibso.chicory.runtime.ExportFunction;
import java.time.Duration;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.error.GuestException;
import org.jspecify.annotations.Nullable;

/** An exported function: the hot path of this engine. */
final class ChicoryFunction implements GuestFunction {
  private final ChicoryInstance instance;
  private final ExportFunction function;
  private final TimeBudget budget;
  private final int parameters;

  ChicoryFunction(
      ChicoryInstance instance, ExportFunction function, TimeBudget budget, int parameters) {
    this.instance = instance;
    this.function = function;
    this.budget = budget;
    this.parameters = parameters;
  }

  @Override
  public long call(Duration time, long... arguments) {
    instance.open();
    if (arguments.length != parameters) {
      throw new IllegalArgumentException(
          "the function takes %d arguments, not %d".formatted(parameters, arguments.length));
    }
    budget.begin(time);
    long[] results = null;
    Throwable thrown = null;
    try {
      results = function.apply(arguments);
    } catch (Throwable e) {
      thrown = e;
    }
    boolean late = budget.end();
    if (thrown != null || late) {
      throw failure(time, thrown, late);
    }
    return results == null || results.length == 0 ? 0 : results[0];
  }

  /** What a host function threw goes before the deadline, and that before a trap. */
  private RuntimeException failure(Duration time, @Nullable Throwable thrown, boolean late) {
    Throwable byHost = instance.takeThrownByHost();
    if (thrown != null && thrown == byHost && !(thrown instanceof StackOverflowError)) {
      throw ChicoryFunction.<RuntimeException>asItIs(thrown);
    }
    if (late) {
      return new GuestException(
          GuestException.Kind.DEADLINE,
          "the time budget of " + time.toMillis() + " ms is used up",
          thrown);
    }
    return Traps.failure(thrown);
  }

  /** Throws checked exceptions as well: a host function in another language may do that. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T asItIs(Throwable thrown) throws T {
    throw (T) thrown;
  }
}
