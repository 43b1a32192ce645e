package org.cloudramp.sandbox.core.abi;

import java.util.OptionalInt;

/** What a module exports besides functions, as whoever checked it found. */
public interface ModuleExports {
  /** Whether there is an export of that name, of whatever kind. */
  boolean has(String name);

  /** Whether there is a memory of that name. */
  boolean hasMemory(String name);

  /**
   * How many globals the functions that the gate has added copy into memory and back; empty if
   * there are no such functions.
   */
  default OptionalInt accessibleGlobals() {
    return OptionalInt.empty();
  }
}
