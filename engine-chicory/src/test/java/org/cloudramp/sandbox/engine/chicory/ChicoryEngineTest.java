package org.cloudramp.sandbox.engine.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.testkit.engine.WasmEngineContract;
import org.junit.jupiter.api.Test;

/** The contract without gaps, and what this engine promises beyond it. */
class ChicoryEngineTest extends WasmEngineContract {
  @Override
  protected WasmEngine engine() {
    return new ChicoryEngine();
  }

  @Test
  void aFunctionThatIsTooLargeForTheJvmIsNamed() {
    WasmEngine engine = engine();
    engine.start(PluginContext.empty());

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> engine.compile(fills(10_000, 1)))
        .withMessageContaining("function 0 (exported as 'fill')")
        .returns(ModuleException.Kind.LIMIT, ModuleException::kind);
    engine.close();
  }

  @Test
  void restoringUndoesGrowth() {
    Instance instance = instance("engine/memory", List.of());
    Memory.Image image = instance.memory().capture();
    call(instance, "grow", 2);

    assertThat(instance.memory().restore(image)).isTrue();

    assertThat((int) call(instance, "size")).isEqualTo(1);
  }
}
