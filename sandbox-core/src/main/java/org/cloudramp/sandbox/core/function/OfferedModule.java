package org.cloudramp.sandbox.core.function;

import java.util.List;

/**
 * What a provider of host functions offers to guests.
 *
 * @param name the module that guests import from, {@code [a-z][a-zA-Z0-9]{0,31}}
 * @param functions by name
 */
public record OfferedModule(String name, List<OfferedFunction> functions) {
  /** Copies the list. */
  public OfferedModule {
    functions = List.copyOf(functions);
  }
}
