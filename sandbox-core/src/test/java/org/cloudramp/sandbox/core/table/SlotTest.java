package org.cloudramp.sandbox.core.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.junit.jupiter.api.Test;

class SlotTest {
  private final Slot<AutoCloseable> slot =
      new Slot<>(
          new ModuleVersion(new ServiceId("chat"), Digest.of(new byte[0])),
          () -> {},
          5,
          1,
          unused -> {});

  @Test
  void aRequestThatWasOvertakenDoesNotMakeItsLastOneEarlier() {
    slot.requested(20);
    slot.requested(10);

    assertThat(slot.lastRequest()).isEqualTo(20);
  }

  @Test
  void theClockMayGoAround() {
    slot.requested(Long.MAX_VALUE);
    slot.requested(Long.MIN_VALUE + 3);

    assertThat(slot.lastRequest()).isEqualTo(Long.MIN_VALUE + 3);
  }
}
