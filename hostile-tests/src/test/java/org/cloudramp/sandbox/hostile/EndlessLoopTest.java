package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Line 32 again and again, on each engine. */
@ParameterizedClass(name = "{0}")
@MethodSource("servers")
@Timeout(300)
class EndlessLoopTest {
  private final AttackedServer server;

  EndlessLoopTest(AttackedServer server) {
    this.server = server;
  }

  static Stream<AttackedServer> servers() {
    return Engines.NAMES.stream()
        .map(engine -> AttackedServer.open(engine, Map.of("limits.time", "250ms")));
  }

  @Test
  void isStoppedEachTimeAndTheNextEventRunsOnAFreshInstance() throws Exception {
    server.publish(Corpus.ATTACKS.get());
    long guestMemory = server.sandbox().operator().guestMemory();
    for (int i = 0; i < 12; i++) {
      HookResult stopped = server.say("L");
      HookResult next = server.say("fine");

      assertThat(stopped.outcome())
          .isInstanceOfSatisfying(
              HookOutcome.Failed.class,
              failed ->
                  assertThat(failed.cause())
                      .isInstanceOfSatisfying(
                          GuestException.class,
                          e -> assertThat(e.kind()).isEqualTo(GuestException.Kind.DEADLINE)));
      assertThat(next.events())
          .singleElement()
          .satisfies(event -> assertThat(event.payload().text()).isEqualTo("0010"));
    }
    assertThat(server.sandbox().operator().guestMemory())
        .isLessThanOrEqualTo(guestMemory + (32 << 20));
  }
}
