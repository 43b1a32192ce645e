package org.cloudramp.sandbox.examples.guests;

import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.engine.chicory.ChicoryEngine;
import org.cloudramp.sandbox.engine.wasmtime.WasmtimeEngine;

/** What a room can run on. */
enum Engine {
  CHICORY,
  WASMTIME;

  /** One that is not started. */
  WasmEngine create() {
    return switch (this) {
      case CHICORY -> new ChicoryEngine();
      case WASMTIME -> new WasmtimeEngine();
    };
  }
}
