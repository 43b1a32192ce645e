package org.cloudramp.sandbox.api;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A SHA-256 digest: the name of one uploaded binary.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Digest(String hex) {
  private static final Pattern SHAPE = Pattern.compile("[0-9a-f]{64}");
  private static final int SHORT_LENGTH = 12;

  /**
   * @throws IllegalArgumentException if {@code hex} has another shape
   */
  public Digest {
    Ids.check("digest", hex, SHAPE);
  }

  /** The digest of {@code content}. */
  public static Digest of(byte[] content) {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(content);
      return new Digest(HexFormat.of().formatHex(sum));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** The first twelve digits, for logs and messages. */
  public String abbreviated() {
    return hex.substring(0, SHORT_LENGTH);
  }

  @Override
  public String toString() {
    return hex;
  }
}
