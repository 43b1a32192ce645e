package org.cloudramp.sandbox.testkit.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What every engine does. Extend it, answer {@link #engine()}, and declare what yours cannot do in
 * {@link #gaps()}: the tests of a gap are reported as skipped and name it.
 */
@Timeout(120)
@ExtendWith(OnGuestThread.class)
public abstract class WasmEngineContract
    implements ResultCases,
        LinkingCases,
        TrapCases,
        PlaceCases,
        BudgetCases,
        MemoryCases,
        RestoreCases,
        HostFunctionCases,
        ConcurrencyCases,
        RetentionCases,
        EndCases {
  /** Something that an engine may not be able to do. */
  public enum Gap {
    /**
     * It caps a memory only by the maximum that the module declares; see {@link InstanceLimits}.
     */
    CAPS_GROWTH_BY_INSTANCE,
    /**
     * Between two bulk operations on memory without a loop or call it does not look at the time.
     */
    STOPS_BETWEEN_BULK_OPERATIONS,
    /** After a number of host calls it ends a call with kind quota, before its time is up. */
    MANY_HOST_CALLS,
    /** It does not say what a module takes; see {@link CompiledModule#retainedBytes}. */
    TELLS_RETAINED_BYTES,
    /**
     * It does not say which functions were running when a call failed; see {@link
     * CompiledModule#functionsRunningIn}.
     */
    NAMES_RUNNING_FUNCTIONS
  }

  private final List<AutoCloseable> opened = new ArrayList<>();
  private WasmEngine engine;

  /** A new engine, not started. */
  protected abstract WasmEngine engine();

  /** What this engine cannot do. */
  protected Set<Gap> gaps() {
    return Set.of();
  }

  @BeforeEach
  final void startEngine() {
    engine = engine();
    engine.start(PluginContext.empty());
  }

  @AfterEach
  final void closeAll() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
    engine.close();
  }

  @Override
  public final WasmEngine started() {
    return engine;
  }

  @Override
  public final WasmEngine notStarted() {
    return engine();
  }

  @Override
  public final Set<Gap> declared() {
    return gaps();
  }

  @Override
  public final <T extends AutoCloseable> T open(T closeable) {
    opened.add(closeable);
    return closeable;
  }
}
