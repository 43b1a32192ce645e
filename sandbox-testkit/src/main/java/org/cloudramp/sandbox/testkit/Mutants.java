package org.cloudramp.sandbox.testkit;

import java.util.Arrays;
import java.util.Random;

/** Damages modules at random, the same way in every run. Not thread-safe. */
public final class Mutants {
  /** Bytes that mean something: the ends of LEB128 numbers, types, forms, opcodes of interest. */
  private static final byte[] MEANINGFUL =
      Wasm.bytes(0x00, 0x01, 0x0b, 0x0e, 0x40, 0x60, 0x7f, 0x80, 0xfc, 0xff);

  private final Random random = new Random(20_261_122);

  /** A copy of a module, damaged at one to four places. */
  public byte[] of(byte[] original) {
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
      case 4 -> piece = Wasm.concat(piece, piece);
      default -> piece = new byte[0];
    }
    byte[] damaged = Wasm.concat(head, piece, tail);
    return damaged.length == 0 ? wasm : damaged;
  }
}
