package org.cloudramp.sandbox.hostile;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Line 73: guests that make much of little, on each engine. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.cloudramp.sandbox.hostile.AttackedServer#onEachEngine")
@Timeout(300)
class AmplificationTest {
  private final AttackedServer server;

  AmplificationTest(AttackedServer server) {
    this.server = server;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.cloudramp.sandbox.hostile.Corpus#betweenTenants")
  void isSurvived(HostileInput input) throws Exception {
    server.survive(input);
  }
}
