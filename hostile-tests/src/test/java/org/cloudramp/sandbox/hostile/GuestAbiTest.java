package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Lines 48 to 65d: guests that break the guest ABI, on each engine. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.cloudramp.sandbox.hostile.AttackedServer#onEachEngine")
@Timeout(300)
class GuestAbiTest {
  private final AttackedServer server;

  GuestAbiTest(AttackedServer server) {
    this.server = server;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.cloudramp.sandbox.hostile.Corpus#abi")
  void isSurvived(HostileInput input) throws Exception {
    server.survive(input);
  }

  /** Line 54. */
  @Test
  void aHookThatTheHostDispatchesMeanwhileRunsAfterwards() throws Exception {
    server.publish(Corpus.ATTACKS.get());

    HookResult outer = server.say("e");

    HookResult inner = server.entered().get(server.entered().size() - 1);
    assertThat(outer.events()).singleElement().satisfies(GuestAbiTest::isOfAFreshInstance);
    assertThat(inner.events()).singleElement().satisfies(GuestAbiTest::isOfAFreshInstance);
  }

  /** Line 65c. */
  @Test
  void aPageMoreInEachHookIsSeenByNoOtherHook() throws Exception {
    server.publish(Corpus.ATTACKS.get());
    for (int i = 0; i < 300; i++) {
      assertThat(server.say("p").events())
          .singleElement()
          .satisfies(event -> assertThat(event.payload().text()).isEqualTo("0020"));
    }
  }

  private static void isOfAFreshInstance(Event event) {
    assertThat(event.payload().text()).isEqualTo("0010");
  }
}
