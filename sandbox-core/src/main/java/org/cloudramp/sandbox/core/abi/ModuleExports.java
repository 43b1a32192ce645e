package org.cloudramp.sandbox.core.abi;

/** What a module exports besides functions, as whoever checked it found. */
public interface ModuleExports {
  /** Whether there is an export of that name, of whatever kind. */
  boolean has(String name);

  /** Whether there is a memory of that name. */
  boolean hasMemory(String name);
}
