package org.cloudramp.sandbox.core.function;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.QueryFunction;
import org.cloudramp.sandbox.api.function.ValueType;

/**
 * What a guest's author has to know of a host function.
 *
 * @param name the second part of its name, {@code [a-z][a-zA-Z0-9]{0,63}}
 * @param kind when it takes effect
 * @param parameters what it takes, in order
 * @param result what it gives; empty for an effect
 */
public record OfferedFunction(
    String name, Kind kind, List<Parameter> parameters, Optional<ValueType.Layout> result) {
  /** When a function takes effect. */
  public enum Kind {
    /** Answers at once and changes nothing. */
    QUERY,
    /** Happens if the hook succeeds. */
    EFFECT
  }

  /**
   * One value that it takes.
   *
   * @param layout its type
   * @param name what its author calls it, {@code [a-z][a-zA-Z0-9]{0,31}}; empty if it has no name
   */
  public record Parameter(ValueType.Layout layout, Optional<String> name) {}

  /** Copies the list. */
  public OfferedFunction {
    parameters = List.copyOf(parameters);
  }

  static OfferedFunction of(HostFunction function) {
    List<Parameter> parameters =
        function.parameters().stream()
            .map(type -> new Parameter(type.layout(), type.name()))
            .toList();
    return function instanceof QueryFunction query
        ? new OfferedFunction(
            query.name(), Kind.QUERY, parameters, Optional.of(query.result().layout()))
        : new OfferedFunction(function.name(), Kind.EFFECT, parameters, Optional.empty());
  }
}
