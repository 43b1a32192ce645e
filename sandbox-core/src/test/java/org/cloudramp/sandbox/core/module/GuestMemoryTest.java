package org.cloudramp.sandbox.core.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.concurrent.atomic.AtomicBoolean;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.junit.jupiter.api.Test;

class GuestMemoryTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final ServiceId UPLOADED = new ServiceId("uploaded");

  private final GuestMemory memory = new GuestMemory(1_000, () -> false, () -> false);

  /** Something idle, of 300 bytes. */
  private static final class Idle implements Evictable {
    private final boolean canBeMadeAgain;
    private final AtomicBoolean gone = new AtomicBoolean();

    Idle(boolean canBeMadeAgain) {
      this.canBeMadeAgain = canBeMadeAgain;
    }

    @Override
    public long bytes() {
      return 300;
    }

    @Override
    public boolean canBeMadeAgain() {
      return canBeMadeAgain;
    }

    @Override
    public void evict() {
      gone.set(true);
    }
  }

  private Idle idle(boolean canBeMadeAgain) {
    Idle item = new Idle(canBeMadeAgain);
    memory.reserve(CHAT, item.bytes());
    memory.park(CHAT, item, item.bytes());
    return item;
  }

  @Test
  void forACompileGoesOnlyWhatCanBeMadeAgain() {
    Idle memoryOfRoom = idle(false);
    Idle instance = idle(true);

    memory.reserveForCompile(UPLOADED, 700);

    assertThat(instance.gone).isTrue();
    assertThat(memoryOfRoom.gone).isFalse();
    assertThat(memory.used()).isEqualTo(1_000);
    memory.release(UPLOADED, 700);
    assertThat(memory.used()).isEqualTo(300);
  }

  @Test
  void forACompileThatDoesNotFitNothingGoesInVain() {
    Idle memoryOfRoom = idle(false);
    Idle instance = idle(true);

    assertThatExceptionOfType(GuestException.class)
        .isThrownBy(() -> memory.reserveForCompile(UPLOADED, 701))
        .withMessageContaining("compileMemory")
        .returns(GuestException.Kind.MEMORY, GuestException::kind);

    assertThat(instance.gone).isFalse();
    assertThat(memoryOfRoom.gone).isFalse();
    assertThat(memory.used()).isEqualTo(600);
  }

  @Test
  void forAGuestTheMemoryOfARoomGoesToo() {
    Idle memoryOfRoom = idle(false);

    memory.reserve(UPLOADED, 701);

    assertThat(memoryOfRoom.gone).isTrue();
  }
}
