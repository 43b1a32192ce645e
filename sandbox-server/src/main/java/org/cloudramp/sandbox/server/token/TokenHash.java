package org.cloudramp.sandbox.server.token;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The SHA-256 of a token, by which it is recognised. A plain hash is enough, and no slow one with a
 * salt is needed, because a token has 256 random bits: there is no list of likely ones to try.
 * Immutable.
 */
public final class TokenHash {
  private static final String PREFIX = "sha256:";
  private static final int BYTES = 32;

  private final byte[] hash;

  private TokenHash(byte[] hash) {
    this.hash = hash;
  }

  /** The hash of a token. */
  public static TokenHash of(String token) {
    try {
      return new TokenHash(
          MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException if it is no hash; the message does not repeat the text, which
   *     may be a token in the wrong place
   */
  public static TokenHash parse(String text) {
    if (text.startsWith(PREFIX) && text.length() == PREFIX.length() + 2 * BYTES) {
      try {
        return new TokenHash(HexFormat.of().parseHex(text, PREFIX.length(), text.length()));
      } catch (IllegalArgumentException e) {
        // falls through: the exception of the library repeats the text
      }
    }
    throw new IllegalArgumentException(
        "the hash is 'sha256:' and 64 hexadecimal digits, as 'token create' writes it; a token itself is not written down");
  }

  /** Whether both are of the same token. Takes as long whatever they have in common. */
  public boolean matches(TokenHash other) {
    return MessageDigest.isEqual(hash, other.hash);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenHash hashed && matches(hashed);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(hash);
  }

  /** As it is written down. */
  @Override
  public String toString() {
    return PREFIX + HexFormat.of().formatHex(hash);
  }
}
