package org.cloudramp.sandbox.hostile;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Lines 32 to 47: guests that take what they can get, on each engine. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.cloudramp.sandbox.hostile.AttackedServer#onEachEngine")
@Timeout(300)
class RunningTest {
  private final AttackedServer server;

  RunningTest(AttackedServer server) {
    this.server = server;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.cloudramp.sandbox.hostile.Corpus#running")
  void isSurvived(HostileInput input) throws Exception {
    server.survive(input);
  }
}
