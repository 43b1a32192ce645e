package org.cloudramp.sandbox.api.function;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A function that answers while the guest waits, and changes nothing. */
public final class QueryFunction extends HostFunction {
  private final ValueType<?> result;
  private final boolean answersLater;
  private final Body<?> body;

  QueryFunction(String name, List<ValueType<?>> parameters, ValueType<?> result, Body<?> body) {
    this(name, parameters, result, false, body);
  }

  private QueryFunction(
      String name,
      List<ValueType<?>> parameters,
      ValueType<?> result,
      boolean answersLater,
      Body<?> body) {
    super(name, parameters);
    this.result = result;
    this.answersLater = answersLater;
    this.body = body;
  }

  static <R> QueryFunction later(
      String name,
      List<ValueType<?>> parameters,
      ValueType<R> result,
      Body<CompletionStage<R>> body) {
    return new QueryFunction(name, parameters, result, true, body);
  }

  /** What it gives. */
  public ValueType<?> result() {
    return result;
  }

  /**
   * Whether its lambda gives a {@link CompletionStage} of the answer. The guest waits for that, and
   * no thread of the function does. When the guest has waited as long as it may, the stage is
   * {@linkplain CompletableFuture#cancel cancelled}, and the guest gets code 3 (timeout).
   */
  public boolean answersLater() {
    return answersLater;
  }

  /**
   * Runs its lambda.
   *
   * @param arguments one for each parameter, of its type
   * @return of the type of {@link #result}, or a {@link CompletionStage} of it if it {@linkplain
   *     #answersLater answers later}, if the lambda keeps its promise; check it
   */
  public @Nullable Object answer(HostCall call, Object... arguments) throws Exception {
    return body.run(call, arguments);
  }
}
