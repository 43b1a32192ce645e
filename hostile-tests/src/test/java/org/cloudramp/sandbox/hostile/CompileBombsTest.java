package org.cloudramp.sandbox.hostile;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Lines 15 to 31: modules that would cost an engine far more than their size, on each engine. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.cloudramp.sandbox.hostile.AttackedServer#onEachEngine")
@Timeout(300)
class CompileBombsTest {
  private final AttackedServer server;

  CompileBombsTest(AttackedServer server) {
    this.server = server;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.cloudramp.sandbox.hostile.Corpus#bombs")
  void isSurvived(HostileInput input) throws Exception {
    server.survive(input);
  }
}
