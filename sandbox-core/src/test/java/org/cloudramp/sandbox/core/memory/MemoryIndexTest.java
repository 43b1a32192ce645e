package org.cloudramp.sandbox.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Digest;
import org.junit.jupiter.api.Test;

class MemoryIndexTest {
  private static final MemoryIndex INDEX =
      new MemoryIndex(
          UUID.randomUUID(),
          7,
          Digest.of(new byte[] {1}),
          1_700_000_000_000L,
          2,
          Bytes.copyOf(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}),
          new TreeMap<>(Map.of(0, 7L, 31, 2L)));

  @Test
  void whatIsWrittenIsRead() {
    assertThat(MemoryIndex.decode(INDEX.encode())).contains(INDEX);
  }

  @Test
  void whatIsCutOffOrOfAnotherReleaseIsNone() {
    byte[] whole = INDEX.encode().toArray();
    for (int length = 0; length < 120; length++) { // behind that a field may be missing
      int cut = length;
      assertThat(MemoryIndex.decode(Bytes.adopt(Arrays.copyOf(whole, length))))
          .as("the first %d bytes", cut)
          .isNotEqualTo(java.util.Optional.of(INDEX));
    }
    byte[] later = whole.clone();
    later[0]++;
    assertThat(MemoryIndex.decode(Bytes.adopt(later))).isEmpty();
  }

  @Test
  void junkDoesNothingWorseThanNotBeingRead() {
    Random random = new Random(5);
    byte[] whole = INDEX.encode().toArray();
    for (int i = 0; i < 20_000; i++) {
      byte[] mutant = whole.clone();
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        mutant[random.nextInt(mutant.length)] = (byte) random.nextInt();
      }
      MemoryIndex.decode(Bytes.adopt(mutant))
          .ifPresent(
              read -> {
                assertThat(read.pages()).isBetween(0, 65_536);
                assertThat(read.granules().keySet())
                    .allMatch(
                        granule -> granule >= 0 && granule < MemoryState.granulesOf(read.pages()));
              });
    }
  }
}
