package org.cloudramp.sandbox.core.function;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.function.EffectFunction;
import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.QueryFunction;
import org.cloudramp.sandbox.api.function.ValueType;
import org.cloudramp.sandbox.api.hook.Emission;
import org.cloudramp.sandbox.core.abi.ValueCodec;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.jspecify.annotations.Nullable;

/**
 * A provider's function: decodes its arguments, and keeps the guest safe from its faults and the
 * host safe from the guest's. Whatever goes wrong in it, the guest gets an error code.
 */
final class ProvidedFunction implements Endpoint {
  private final String qualifiedName;
  private final HostFunction function;
  private final @Nullable PluginThreads threads;
  private final FaultLog faults;

  /**
   * A function as guests see it.
   *
   * @param threads where its code runs; null for code that is known not to wait, and runs where the
   *     guest does
   */
  ProvidedFunction(String module, HostFunction function, @Nullable PluginThreads threads) {
    this.qualifiedName = module + "." + function.name();
    this.function = function;
    this.threads = threads;
    this.faults = new FaultLog(qualifiedName);
  }

  @Override
  public void serve(HookScope scope, WireReader request, WireWriter response) {
    int size = request.remaining();
    Object[] arguments = new Object[function.parameters().size()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = ValueCodec.read(function.parameters().get(i), request);
    }
    try {
      if (function instanceof QueryFunction query) {
        ValueCodec.write(query.result(), answer(query, scope, arguments), response);
      } else if (function instanceof EffectFunction effect) {
        scope.requireSpaceForEffect(size);
        Emission emission = emission(effect, scope, request, arguments);
        scope.record(new PendingEffect(this, effect, arguments, emission, size));
      }
    } catch (HostFunctionException e) {
      if (e.code() == HostFunctionException.TIMEOUT
          || e.code() == HostFunctionException.UNAVAILABLE) {
        faults.add(scope, e); // the operator's business as well
      }
      throw e;
    } catch (Throwable e) { // what comes from foreign code may be anything
      faults.add(scope, e);
      throw new HostFunctionException(
          HostFunctionException.INTERNAL, "'%s' failed".formatted(qualifiedName), e);
    }
  }

  /** No code of the provider runs: an effect is forgotten, and a query has nothing to say. */
  @Override
  public void rehearse(HookScope scope, WireReader request, WireWriter response) {
    for (ValueType<?> parameter : function.parameters()) {
      Object unused = ValueCodec.read(parameter, request);
    }
    if (function instanceof QueryFunction query) {
      ValueCodec.write(query.result(), nothing(query.result()), response);
    }
  }

  private static Object nothing(ValueType<?> type) {
    return switch (type.layout()) {
      case STRING -> "";
      case BYTES -> Bytes.empty();
      case BOOL -> false;
      case I32 -> 0;
      case I64 -> 0L;
      case F64 -> 0.0;
      case DATA -> Payload.text("");
      case LIST_OF_STRING, LIST_OF_LIST_OF_STRING, LIST_OF_OPTIONAL_BYTES -> List.of();
      case OPTIONAL_BYTES -> Optional.empty();
    };
  }

  private @Nullable Object answer(QueryFunction query, HookScope scope, Object[] arguments)
      throws Exception {
    if (threads == null && !query.answersLater()) {
      return query.answer(scope, arguments);
    }
    Duration budget = share(scope.remaining());
    HostCall call = PluginCall.of(scope, budget);
    Object answer =
        threads == null
            ? query.answer(scope, arguments)
            : run(threads, budget, () -> query.answer(call, arguments));
    return query.answersLater() ? awaited(answer, call.remaining()) : answer;
  }

  /** The guest waits, and no thread of the function does. */
  private @Nullable Object awaited(@Nullable Object answer, Duration budget) throws Exception {
    if (!(answer instanceof CompletionStage<?> stage)) {
      throw new IllegalStateException(
          "'%s' answers later, with a CompletionStage, not a %s"
              .formatted(qualifiedName, answer == null ? "null" : answer.getClass().getName()));
    }
    return Answers.within(budget, qualifiedName, stage.toCompletableFuture());
  }

  private Emission emission(
      EffectFunction effect, HookScope scope, WireReader request, Object[] arguments)
      throws Exception {
    if (!effect.emits()) {
      return Emission.of(new Payload(Payload.Kind.BINARY, request.whole()));
    }
    if (threads == null) {
      return effect.emission(scope, arguments).orElseThrow();
    }
    Duration budget = share(scope.remaining());
    HostCall call = PluginCall.of(scope, budget);
    return run(threads, budget, () -> effect.emission(call, arguments).orElseThrow());
  }

  String qualifiedName() {
    return qualifiedName;
  }

  /** Lets an effect happen whose hook has succeeded. */
  void perform(EffectFunction effect, HostCall call, Object[] arguments) throws Exception {
    if (threads == null) {
      effect.happen(call, arguments);
      return;
    }
    Duration budget = call.remaining();
    HostCall copy = PluginCall.of(call, budget);
    Void unused =
        run(
            threads,
            budget,
            () -> {
              effect.happen(copy, arguments);
              return null;
            });
  }

  private <T extends @Nullable Object> T run(
      PluginThreads threads, Duration budget, Callable<T> code) throws Exception {
    return threads.call(qualifiedName, budget, code);
  }

  /** A quarter of what is left stays with the guest, so that it can act on the error it gets. */
  private static Duration share(Duration remaining) {
    return remaining.multipliedBy(3).dividedBy(4);
  }
}
