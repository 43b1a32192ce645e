package org.cloudramp.sandbox.core.function;

import java.util.List;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.function.EffectFunction;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.QueryFunction;
import org.cloudramp.sandbox.api.hook.Emission;
import org.cloudramp.sandbox.core.abi.ValueCodec;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A provider's function: decodes its arguments, and keeps the guest safe from its faults and the
 * host safe from the guest's.
 */
final class ProvidedFunction implements Endpoint {
  private static final Logger log = LoggerFactory.getLogger(ProvidedFunction.class);

  private final String qualifiedName;
  private final HostFunction function;

  ProvidedFunction(String module, HostFunction function) {
    this.qualifiedName = module + "." + function.name();
    this.function = function;
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
        ValueCodec.write(query.result(), query.answer(scope, arguments), response);
      } else if (function instanceof EffectFunction effect) {
        Emission emission =
            effect
                .emission(scope, arguments)
                .orElseGet(() -> Emission.of(new Payload(Payload.Kind.BINARY, request.whole())));
        scope.record(new PendingEffect(qualifiedName, effect, List.of(arguments), emission, size));
      }
    } catch (SandboxException e) {
      throw e;
    } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
      log.error(
          "host function '{}' failed for service '{}', room '{}', {}",
          qualifiedName,
          scope.service(),
          scope.room(),
          scope.hook(),
          e);
      throw new HostFunctionException(
          HostFunctionException.INTERNAL, "'%s' failed".formatted(qualifiedName), e);
    }
  }
}
