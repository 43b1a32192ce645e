package org.cloudramp.sandbox.engine.chicory;

import java.util.List;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.jspecify.annotations.Nullable;

/**
 * Compiles each module to JVM bytecode once and runs it on the caller's thread. No native code:
 * what a guest can break, it can break only as far as Java lets it.
 *
 * <ul>
 *   <li><b>Budget.</b> One daemon thread looks at the running calls about every 5 ms and interrupts
 *       those whose time is up; the compiled code notices in loops, at calls, and before each bulk
 *       operation on memory. A host function is never interrupted: if its guest's time is up when
 *       it returns, the guest does not go on.
 *   <li><b>Interrupts by others.</b> One that is pending when a call begins, or that arrives while
 *       a host function runs, does not stop the guest and is pending again when the call returns.
 *       One that arrives while the guest's own code runs stops it, as if its time were up, and
 *       stays pending; unless it comes in the few milliseconds after this engine's own interrupt,
 *       from which it cannot be told apart.
 *   <li><b>Stack.</b> A guest uses the stack of the thread that calls it, all of it if it likes. A
 *       host function that is called close to its end may get a {@link StackOverflowError}, which
 *       is then the guest's: it ends the call as trapped.
 *   <li><b>Memory.</b> On the Java heap, so its own limit and the heap's apply; at most 32,767
 *       pages. {@code restore} undoes growth.
 *   <li><b>Compiled code</b> is kept for the next process where the settings name a folder for it:
 *       see {@link CompileCache}.
 * </ul>
 */
public final class ChicoryEngine implements WasmEngine {
  private @Nullable Watchdog watchdog;
  private @Nullable CompileCache cache;

  @Override
  public String name() {
    return "chicory";
  }

  @Override
  public List<Setting<?>> declaredSettings() {
    return CompileCache.settings();
  }

  @Override
  public void start(PluginContext context) {
    cache = CompileCache.open(context, CompilerVersion.text());
    watchdog = Watchdog.start();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException before {@link #start}
   */
  @Override
  public CompiledModule compile(byte[] gatedWasm) {
    if (watchdog == null) {
      throw new IllegalStateException("the engine is not started");
    }
    return ModuleCompiler.compile(gatedWasm, watchdog, cache);
  }

  /** Calls that still run keep their budgets; new calls are refused. */
  @Override
  public void close() {
    if (watchdog != null) {
      watchdog.close();
    }
  }
}
