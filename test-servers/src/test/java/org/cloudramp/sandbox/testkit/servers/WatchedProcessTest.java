package org.cloudramp.sandbox.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class WatchedProcessTest {
  /** Nobody waits that long: the time-out of the test is shorter. */
  private static final Duration FOR_EVER = Duration.ofDays(1);

  @Test
  void aLineIsFoundWhetherItComesLaterOrWasThereBefore() throws Exception {
    try (WatchedProcess process = shell("echo one; read go; echo two; read go")) {
      assertThat(process.await("one"::equals, FOR_EVER)).isEqualTo("one");
      process.process().getOutputStream().write('\n');
      process.process().getOutputStream().flush();

      assertThat(process.await("two"::equals, FOR_EVER)).isEqualTo("two");
      assertThat(process.await("one"::equals, FOR_EVER)).isEqualTo("one");
      assertThat(process.output()).containsExactly("one", "two");
      process.requireWell();
    }
  }

  @Test
  void whoeverWaitsForAProcessThatEndsLearnsAtOnceWhatItSaid() throws Exception {
    try (WatchedProcess process = shell("echo starting; echo 'no such setting' >&2; exit 3")) {
      assertThatThrownBy(() -> process.await("ready"::equals, FOR_EVER))
          .isInstanceOf(AssertionError.class)
          .hasMessageContainingAll("starting", "no such setting");
      assertThat(process.awaitEnd(FOR_EVER)).isEqualTo("no such setting");
      assertThatThrownBy(process::requireWell)
          .isInstanceOf(AssertionError.class)
          .hasMessageContainingAll("status 3", "no such setting");
    }
  }

  @Test
  void nobodyWaitsLongerThanAllowed() throws Exception {
    try (WatchedProcess process = shell("echo starting; read go")) {
      process.await("starting"::equals, FOR_EVER);

      assertThatThrownBy(() -> process.await("ready"::equals, Duration.ofMillis(10)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContainingAll("PT0.01S", "starting");
      assertThatThrownBy(() -> process.awaitEnd(Duration.ofMillis(10)))
          .isInstanceOf(AssertionError.class);
    }
  }

  private static WatchedProcess shell(String script) throws IOException {
    return WatchedProcess.start(new ProcessBuilder("sh", "-c", script));
  }
}
