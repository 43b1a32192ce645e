package org.cloudramp.sandbox.engine.chicory;

import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.testkit.engine.WasmEngineContract;

/** No gaps. */
class ChicoryEngineTest extends WasmEngineContract {
  @Override
  protected WasmEngine engine() {
    return new ChicoryEngine();
  }
}
