package org.cloudramp.sandbox.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OncePerMinuteTest {
  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 1_000);
  private final Written written = new Written();
  private final OncePerMinute log = new OncePerMinute(written, nanoTime::get);

  @Test
  void thousandsInAMinuteAreOneLine() {
    for (int i = 0; i < 1_000; i++) {
      log.warn("{} of {}", "the first", i);
    }

    assertThat(written.lines()).containsExactly("WARN the first of 0");
  }

  @Test
  void afterTheMinuteThereIsAnotherThatCountsThoseLeftOut() {
    for (int i = 0; i < 8; i++) {
      log.warn("too many from {}", "203.0.113.7");
    }
    nanoTime.addAndGet(Duration.ofMinutes(1).toNanos());

    log.warn("too many from {}", "203.0.113.8");

    assertThat(written.lines())
        .containsExactly(
            "WARN too many from 203.0.113.7",
            "WARN too many from 203.0.113.8 (7 more since the line before)");
  }
}
