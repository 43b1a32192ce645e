package org.cloudramp.sandbox.engine.wasmtime;

import java.util.Set;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.testkit.engine.WasmEngineContract;

class WasmtimeEngineTest extends WasmEngineContract {
  @Override
  protected WasmEngine engine() {
    return new WasmtimeEngine();
  }

  @Override
  protected Set<Gap> gaps() {
    return Set.of(
        Gap.CAPS_GROWTH_BY_INSTANCE, Gap.STOPS_BETWEEN_BULK_OPERATIONS, Gap.MANY_HOST_CALLS);
  }
}
