package org.cloudramp.sandbox.core.abi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.InertText;

/**
 * Says where in the guest something failed, as far as the engine knows which functions were running
 * and the module what they are called. Thread-safe.
 */
final class GuestPlaces {
  /** Functions of one message: it is kept, logged, and told to {@code onError}. */
  private static final int MAX_NAMED = 5;

  /** So many are looked up, which takes a pass over the names each. */
  private static final int MAX_LOOKED_UP = 8;

  private final CompiledModule compiled;
  private final IntFunction<Optional<String>> names;

  GuestPlaces(CompiledModule compiled, IntFunction<Optional<String>> names) {
    this.compiled = compiled;
    this.names = names;
  }

  /** The same failure with the place in its message; the failure itself if none is known. */
  GuestException addTo(GuestException failure) {
    if (failure.getCause() == null) {
      return failure; // a host function's, which says what was asked of it, or an abort, which says
      // where; guests read these, and the mock room says the same
    }
    List<String> running = namesOf(compiled.functionsRunningIn(failure));
    if (running.isEmpty()) {
      return failure;
    }
    StringBuilder message = new StringBuilder(String.valueOf(failure.getMessage()));
    message.append(", in ").append(running.get(0));
    for (int i = 1; i < running.size(); i++) {
      message.append(i == 1 ? ", called by " : ", ").append(running.get(i));
    }
    return new GuestException(failure.kind(), message.toString(), failure);
  }

  /** Those that have names, the innermost first; one that has called itself is named once. */
  private List<String> namesOf(List<Integer> functions) {
    List<String> named = new ArrayList<>();
    int last = -1;
    int lookedUp = 0;
    for (int function : functions) {
      if (function != last && lookedUp < MAX_LOOKED_UP && named.size() < MAX_NAMED) {
        lookedUp++;
        Optional<String> name = names.apply(function);
        name.ifPresent(known -> named.add(InertText.quote(known)));
      }
      last = function;
    }
    return named;
  }
}
