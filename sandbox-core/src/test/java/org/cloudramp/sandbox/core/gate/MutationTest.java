package org.cloudramp.sandbox.core.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.testkit.Wasm.concat;

import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.testkit.Wasm;
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

  /** Bytes that mean something: the ends of LEB128 numbers, types, forms, opcodes of interest. */
  private static final byte[] MEANINGFUL =
      Wasm.bytes(0x00, 0x01, 0x0b, 0x0e, 0x40, 0x60, 0x7f, 0x80, 0xfc, 0xff);

  private final Random random = new Random(20_261_122);
  private int letIn;

  @Test
  @Timeout(3_600)
  void onlyTypedErrorsEscape() {
    List<byte[]> originals = RealModules.NAMES.stream().map(RealModules::load).toList();
    for (int i = 0; i < MUTANTS; i++) {
      byte[] mutant = mutate(originals.get(i % originals.size()));
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

  private byte[] mutate(byte[] original) {
    byte[] mutant = original.clone();
    for (int damages = 1 + random.nextInt(4); damages > 0; damages--) {
      mutant = damage(mutant);
    }
    return mutant;
  }

  private byte[] damage(byte[] wasm) {
    int at = random.nextInt(wasm.length);
    int end = Math.min(wasm.length, at + 1 + random.nextInt(8));
    byte[] head = Arrays.copyOf(wasm, at);
    byte[] piece = Arrays.copyOfRange(wasm, at, end);
    byte[] tail = Arrays.copyOfRange(wasm, end, wasm.length);
    switch (random.nextInt(6)) {
      case 0 -> piece[0] ^= (byte) (1 << random.nextInt(8));
      case 1 -> piece[0] = (byte) random.nextInt(256);
      case 2 -> piece[0] = MEANINGFUL[random.nextInt(MEANINGFUL.length)];
      case 3 -> random.nextBytes(piece);
      case 4 -> piece = concat(piece, piece);
      default -> piece = new byte[0];
    }
    byte[] damaged = concat(head, piece, tail);
    return damaged.length == 0 ? wasm : damaged;
  }
}
