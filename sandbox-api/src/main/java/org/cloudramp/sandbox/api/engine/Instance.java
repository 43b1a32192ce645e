package org.cloudramp.sandbox.api.engine;

import java.util.Optional;

/**
 * One instance of a module: a memory, globals, tables. One thread at a time, not always the same.
 */
public interface Instance extends AutoCloseable {
  /**
   * Looks up an exported function. Do it once and keep the result: in some engines a look-up costs
   * memory until the instance is closed. There is none for a function that {@link
   * CompiledModule#exports} leaves out.
   */
  Optional<GuestFunction> function(String export);

  /**
   * The memory that the module exports as {@code memory}.
   *
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind unlinkable if it exports none
   */
  Memory memory();

  /**
   * Lets go of the memory, or has it let go when a call that runs returns. Idempotent. Afterwards
   * every other method, and those of its functions and its memory, throws {@link
   * IllegalStateException}.
   */
  @Override
  void close();
}
