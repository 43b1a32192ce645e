package org.cloudramp.sandbox.engine.wasmtime;

import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.ModuleException.Kind;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.jspecify.annotations.Nullable;

/**
 * Compiles modules to native code and runs it on the caller's thread, over JNI. The version of
 * Wasmtime that the binding holds (7.0.1) gets no fixes any more: use it for guests that you trust
 * not to attack Wasmtime itself, and {@code engine-chicory} for all others.
 *
 * <p>It differs from {@code engine-chicory} in this:
 *
 * <ul>
 *   <li><b>Stack.</b> A guest gets 256 KiB. Calls need a thread with room for it; one that has not
 *       is refused with an {@link IllegalStateException}. The room is measured once for each thread
 *       (and for calls within calls), so call guests from about the same depth always, on threads
 *       of 2 MiB.
 *   <li><b>Budget.</b> Guests look at the time in loops and at calls of functions, and not between
 *       bulk operations on memory: a straight line of them is stopped at its end. The module gate
 *       puts calls between them. Interrupts do not stop a guest, whoever sets them.
 *   <li><b>Host calls.</b> One call of a guest may call its host 10,000 times, then it ends with
 *       kind quota: each leaves some bytes with JNI that are freed only when the guest returns.
 *   <li><b>Memory.</b> Outside the Java heap. A module is refused if it declares no maximum, or one
 *       above the limit of the instance, because the binding has no other way to cap a memory; the
 *       module gate writes a maximum that fits. {@code restore} cannot undo growth.
 *   <li><b>Time.</b> A call costs 1 to 2 µs without arguments and 15 µs with, a host function 4 to
 *       5 µs.
 *   <li><b>Closing.</b> Instances that are not closed leak native memory.
 * </ul>
 *
 * <p>The native library is unpacked to the folder for temporary files at each start of the JVM (18
 * MB), unless {@code java.library.path} has it; on Linux the file is taken away once it is loaded.
 * From JDK 24 on the JVM warns about it without {@code --enable-native-access=ALL-UNNAMED}.
 */
public final class WasmtimeEngine implements WasmEngine {
  private @Nullable Handles handles;

  @Override
  public String name() {
    return "wasmtime";
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException if there is no native library for this platform, or it cannot be
   *     unpacked to the folder for temporary files or loaded from there
   */
  @Override
  public void start(PluginContext context) {
    try {
      handles = Handles.open();
    } catch (LinkageError | RuntimeException e) {
      throw new ConfigurationException(
          "engine 'wasmtime' cannot load its native library for %s on %s: %s"
              .formatted(
                  System.getProperty("os.name"),
                  System.getProperty("os.arch"),
                  UnpackedLibrary.whyNotLoaded(e)),
          e);
    }
  }

  @Override
  public CompiledModule compile(byte[] gatedWasm) {
    Handles handles = this.handles;
    if (handles == null) {
      throw new IllegalStateException("the engine is not started");
    }
    return handles.whileOpen(
        () -> {
          try {
            return WasmtimeModule.compile(handles, gatedWasm);
          } catch (ModuleException e) {
            throw e;
          } catch (Throwable e) {
            throw new ModuleException(
                Kind.MALFORMED, "Wasmtime refuses the module: " + e.getMessage(), e);
          }
        });
  }

  /** Waits for compiles that run. Calls that run keep their budgets; new calls are refused. */
  @Override
  public void close() {
    if (handles != null) {
      handles.close();
    }
  }
}
