package org.cloudramp.sandbox.api.engine;

import java.util.List;

/**
 * The type of a function.
 *
 * @param parameters what it takes
 * @param results what it gives
 */
public record FunctionSignature(List<NumberType> parameters, List<NumberType> results) {
  /** Takes nothing and gives nothing: every hook and every host function of guest ABI 1. */
  public static final FunctionSignature NOTHING = new FunctionSignature(List.of(), List.of());

  /** A type of a WebAssembly value that this framework passes across the boundary. */
  public enum NumberType {
    I32,
    I64,
    F32,
    F64
  }

  /** Copies the lists. */
  public FunctionSignature {
    parameters = List.copyOf(parameters);
    results = List.copyOf(results);
  }

  /** As in the text format, such as {@code (i32, i32) -> (i64)}. */
  @Override
  public String toString() {
    return list(parameters) + " -> " + list(results);
  }

  private static String list(List<NumberType> types) {
    return types.toString().toLowerCase(java.util.Locale.ROOT).replace('[', '(').replace(']', ')');
  }
}
