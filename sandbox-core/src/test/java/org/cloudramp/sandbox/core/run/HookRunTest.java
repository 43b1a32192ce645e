package org.cloudramp.sandbox.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HookRunTest {
  @Test
  void aDeadlineThatFellIntoAPauseIsNotTheGuestsFault() {
    Duration time = Duration.ofMillis(250);

    assertThat(HookRun.isPauseToBlame(Duration.ofMillis(125).toNanos(), time)).isTrue();
    assertThat(HookRun.isPauseToBlame(Duration.ofMillis(124).toNanos(), time)).isFalse();
  }
}
