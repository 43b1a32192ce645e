package org.cloudramp.sandbox.core.gate;

import java.util.ArrayList;
import java.util.List;

/**
 * What the indices of a module mean, as the upload declares it. Grows while the sections are read;
 * every index in the module is checked against it, so none can reach what {@link ModuleWriter}
 * appends later.
 */
final class IndexSpaces {
  final List<FunctionType> types = new ArrayList<>();

  /** The type of each function, the imported ones first. */
  final List<FunctionType> functions = new ArrayList<>();

  final List<Table> tables = new ArrayList<>();
  final List<Memory> memories = new ArrayList<>();
  final List<Global> globals = new ArrayList<>();

  int importedFunctions;
  int elementSegments;

  /** What the data count section says, which is what instructions can name; 0 without one. */
  int dataSegments;

  /**
   * The type of a function.
   *
   * @param parameters what it takes
   * @param results what it gives
   */
  record FunctionType(List<WasmType> parameters, List<WasmType> results) {
    static final FunctionType NOTHING = new FunctionType(List.of(), List.of());
  }

  /**
   * A table.
   *
   * @param type of its entries
   * @param minimum how many it starts with
   * @param maximum how many it may have, capped
   */
  record Table(WasmType type, int minimum, int maximum) {}

  /**
   * The memory.
   *
   * @param minimum how many pages it starts with
   * @param maximum how many pages it may have, capped
   */
  record Memory(int minimum, int maximum) {}

  /**
   * A global.
   *
   * @param type of its value
   * @param mutable whether that can change
   */
  record Global(WasmType type, boolean mutable) {}
}
