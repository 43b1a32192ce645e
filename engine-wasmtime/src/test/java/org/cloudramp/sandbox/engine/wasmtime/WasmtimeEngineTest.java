package org.cloudramp.sandbox.engine.wasmtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.testkit.engine.WasmEngineContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class WasmtimeEngineTest extends WasmEngineContract {
  @Override
  protected WasmEngine engine() {
    return new WasmtimeEngine();
  }

  @Override
  protected Set<Gap> gaps() {
    return Set.of(
        Gap.CAPS_GROWTH_BY_INSTANCE,
        Gap.STOPS_BETWEEN_BULK_OPERATIONS,
        Gap.MANY_HOST_CALLS,
        Gap.NAMES_RUNNING_FUNCTIONS);
  }

  /** The contract has started an engine. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void leavesNoUnpackedLibraryBehind() throws IOException {
    assertThat(Files.readAllLines(Path.of("/proc/self/maps")))
        .filteredOn(line -> line.contains("/libwasmtime_jni_"))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).endsWith(" (deleted)"));
  }
}
