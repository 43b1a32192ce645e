package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HeapPagesTest {
  @Test
  void whatIsFreeIsTakenAndKept() {
    System.gc(); // what other tests have left is not free
    long before = Runtime.getRuntime().totalMemory();

    long taken = HeapPages.take(Duration.ofSeconds(60));

    assertThat(taken).isPositive().isLessThan(before);
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
