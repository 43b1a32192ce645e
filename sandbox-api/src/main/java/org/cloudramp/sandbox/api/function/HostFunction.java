package org.cloudramp.sandbox.api.function;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A function that guests can call, declared with {@link #query} or {@link #effect}. Immutable; its
 * lambdas are called by many threads at once.
 */
public abstract sealed class HostFunction permits QueryFunction, EffectFunction {
  private static final Pattern NAME = Pattern.compile("[a-z][a-zA-Z0-9]{0,63}");

  private final String name;
  private final List<ValueType<?>> parameters;

  HostFunction(String name, List<ValueType<?>> parameters) {
    this.name = name;
    this.parameters = List.copyOf(parameters);
    List<String> names = parameters.stream().flatMap(type -> type.name().stream()).toList();
    if (names.size() > names.stream().distinct().count()) {
      throw new IllegalArgumentException(
          "host function '%s' has two parameters of one name: %s".formatted(name, names));
    }
  }

  /**
   * Begins the declaration of a function that answers at once.
   *
   * @param name {@code [a-z][a-zA-Z0-9]{0,63}}
   */
  public static QueryDeclaration query(String name) {
    return new QueryDeclaration(checked(name));
  }

  /**
   * Begins the declaration of a function that takes effect if the hook succeeds.
   *
   * @param name {@code [a-z][a-zA-Z0-9]{0,63}}
   */
  public static EffectDeclaration effect(String name) {
    return new EffectDeclaration(checked(name));
  }

  private static String checked(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a host function's name must match %s: '%s'".formatted(NAME.pattern(), name));
    }
    return name;
  }

  /** The second part of its name, such as {@code broadcast}. */
  public final String name() {
    return name;
  }

  /** What it takes, in order. */
  public final List<ValueType<?>> parameters() {
    return parameters;
  }

  /** As it is declared, such as {@code of(STRING)}. */
  @Override
  public String toString() {
    String list = parameters.toString();
    return name + "(" + list.substring(1, list.length() - 1) + ")";
  }

  /** The code of a function, with its arguments not yet told apart. */
  @FunctionalInterface
  interface Body<R extends @Nullable Object> {
    R run(HostCall call, Object[] arguments) throws Exception;
  }
}
