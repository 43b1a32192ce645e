package org.cloudramp.sandbox.core.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.testkit.Mutants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Real modules with random damage: either the gate says by name what is wrong, or it writes a
 * module that it could read again. 5,000 mutants by default; {@code -Dsandbox.fuzz.mutants=100000}
 * makes more. Every run makes the same ones.
 */
class MutationTest {
  private static final int MUTANTS = Integer.getInteger("sandbox.fuzz.mutants", 5_000);

  /** Far more than any mutant takes, so that only a gate that hangs fails by it. */
  private static final Duration HANGS = Duration.ofSeconds(10);

  private final Mutants mutants = new Mutants();
  private int letIn;

  @Test
  @Timeout(3_600)
  void onlyTypedErrorsEscape() {
    List<byte[]> originals = RealModules.NAMES.stream().map(RealModules::load).toList();
    for (int i = 0; i < MUTANTS; i++) {
      byte[] mutant = mutants.of(originals.get(i % originals.size()));
      long start = System.nanoTime();
      try {
        check(mutant);
      } catch (Throwable e) {
        throw new AssertionError("mutant " + i + ": " + HexFormat.of().formatHex(mutant), e);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).as("mutant " + i).isLessThan(HANGS);
    }
    assertThat(letIn).as("mutants that are good modules").isBetween(1, MUTANTS - 1);
  }

  private void check(byte[] mutant) {
    CheckedModule module;
    try {
      module = Upload.check(mutant);
    } catch (ModuleException e) {
      assertThat(e.getMessage()).hasSizeLessThan(400).doesNotContainPattern("\\p{Cntrl}");
      return;
    }
    letIn++;
    Upload.read(module);
  }
}
