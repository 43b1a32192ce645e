package org.cloudramp.sandbox.server.session;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import org.cloudramp.sandbox.api.Bytes;

/**
 * By what a client shows that a session is its own: 256 bits that nobody guesses. It is kept
 * nowhere; its {@linkplain #key key} is.
 */
public final class SessionSecret {
  /** How long it is. */
  public static final int BYTES = 32;

  private final byte[] secret;

  /**
   * One that a client has sent.
   *
   * @param secret {@link #BYTES} of them
   */
  SessionSecret(byte[] secret) {
    this.secret = secret;
  }

  /** A new one. */
  public static SessionSecret random(SecureRandom random) {
    byte[] secret = new byte[BYTES];
    random.nextBytes(secret);
    return new SessionSecret(secret);
  }

  /** Its SHA-256, which says nothing of it. */
  public Bytes key() {
    try {
      return Bytes.adopt(MessageDigest.getInstance("SHA-256").digest(secret));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  byte[] bytes() {
    return secret;
  }

  /** Without what is secret. */
  @Override
  public String toString() {
    return "a secret of a session";
  }
}
