package org.cloudramp.sandbox.api.function;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A function that answers at once and changes nothing. */
public final class QueryFunction extends HostFunction {
  private final ValueType<?> result;
  private final Body<?> body;

  QueryFunction(String name, List<ValueType<?>> parameters, ValueType<?> result, Body<?> body) {
    super(name, parameters);
    this.result = result;
    this.body = body;
  }

  /** What it gives. */
  public ValueType<?> result() {
    return result;
  }

  /**
   * Runs its lambda.
   *
   * @param arguments one for each parameter, of its type
   * @return of the type of {@link #result}, if the lambda keeps its promise; check it
   */
  public @Nullable Object answer(HostCall call, Object... arguments) throws Exception {
    return body.run(call, arguments);
  }
}
