package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HeapPagesTest {
  @Test
  void mostOfWhatIsFreeIsTakenAndKeptAndTheHeapDoesNotGrowForIt() {
    long before = Runtime.getRuntime().totalMemory();

    long taken = HeapPages.take(Duration.ofSeconds(60));

    assertThat(taken).isBetween(before / 4, before);
    assertThat(Runtime.getRuntime().totalMemory()).isLessThanOrEqualTo(before);
    assertThat(
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("MaxHeapFreeRatio")
                .getValue())
        .isEqualTo("100");
  }

  @Test
  void withoutTimeNothingIsTaken() {
    assertThat(HeapPages.take(Duration.ZERO)).isZero();
  }
}
