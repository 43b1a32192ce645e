package org.cloudramp.sandbox.api.engine;

import org.cloudramp.sandbox.api.plugin.Plugin;

/** Compiles modules. Thread-safe. */
public interface WasmEngine extends Plugin {
  /**
   * Compiles a module, once for all its instances.
   *
   * <p>Cannot be interrupted: the caller passes only bytes whose cost the module gate has bounded,
   * and decides how many compiles run at a time.
   *
   * @param gatedWasm what the module gate let through; neither kept nor changed
   * @throws org.cloudramp.sandbox.api.error.ModuleException if the engine does not take it
   */
  CompiledModule compile(byte[] gatedWasm);
}
