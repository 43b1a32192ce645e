package org.cloudramp.sandbox.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.junit.jupiter.api.Test;

class KvQuotaTest {
  @Test
  void aKeyCountsTheBytesOfItsNameAndItsValueAndAFixedPrice() {
    assertThat(KvQuota.bytesOf("", Bytes.empty())).isEqualTo(256);
    assertThat(KvQuota.bytesOf("aé€🎉", Bytes.utf8("12345"))).isEqualTo(256 + 1 + 2 + 3 + 4 + 5);
  }

  @Test
  void anyNameCountsAsManyBytesAsItHasInUtf8() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      StringBuilder name = new StringBuilder();
      for (int length = random.nextInt(8); length > 0; length--) {
        name.append(
            (char) (random.nextBoolean() ? random.nextInt(0x100) : random.nextInt(0x10000)));
        if (random.nextInt(4) == 0) {
          name.append((char) (0xD800 + random.nextInt(0x800))); // paired or not
        }
      }
      assertThat(KvQuota.bytesOf(name.toString(), Bytes.empty()))
          .as(name.toString())
          .isEqualTo(256 + Bytes.utf8(name.toString()).size());
    }
  }

  @Test
  void aQuotaIsNotNegative() {
    assertThatThrownBy(() -> new KvQuota(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new KvQuota(0, -1)).isInstanceOf(IllegalArgumentException.class);
  }
}
