package org.cloudramp.sandbox.hostile;

import java.util.function.Supplier;

/**
 * Something that a stranger uploads, and perhaps says to it.
 *
 * @param line of the table in docs/security.md
 * @param description what it does
 * @param upload makes its bytes
 * @param message what is said to it if it gets in; the first byte tells {@code attacks.wat} what to
 *     do
 * @param expected what must become of it
 */
record HostileInput(
    String line, String description, Supplier<byte[]> upload, String message, Outcome expected) {
  /** Whether it tells after each hook what it has seen before: see {@code attacks.wat}. */
  boolean answers() {
    return upload == Corpus.ATTACKS;
  }

  @Override
  public String toString() {
    return line + " " + description;
  }
}
