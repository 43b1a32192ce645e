package org.cloudramp.sandbox.api;

import java.nio.charset.StandardCharsets;
import org.cloudramp.sandbox.api.error.InertText;

/**
 * Who a connection is. Somebody who comes back, or is there twice, has another connection and the
 * same user. Made by the host, such as from a token that it has checked, and never by a client.
 *
 * @param user the name by which a program knows somebody, stable over connections; empty for
 *     somebody of whom nothing is known
 * @param info what else the host says of them, as JSON; empty for nothing. The sandbox does not
 *     look into it
 */
public record Identity(String user, String info) {
  /** The most UTF-16 units that a user may have. */
  public static final int MAX_USER_LENGTH = 128;

  /** The most bytes of UTF-8 that an info may have. */
  public static final int MAX_INFO_BYTES = 1024;

  /** Somebody of whom nothing is known. */
  public static final Identity UNKNOWN = new Identity("", "");

  /**
   * @throws IllegalArgumentException if the user is blank but not empty, too long, or has
   *     characters that are {@linkplain InertText#isPlain not plain}; or if the info is too long.
   *     The message repeats neither
   */
  public Identity {
    if (user.length() > MAX_USER_LENGTH) {
      throw new IllegalArgumentException(
          "a user has at most %d characters; this one has %d"
              .formatted(MAX_USER_LENGTH, user.length()));
    }
    if (!user.isEmpty() && user.isBlank()) {
      throw new IllegalArgumentException("a user is more than blanks");
    }
    if (!InertText.isPlain(user)) {
      throw new IllegalArgumentException(
          "a user has no control characters, nor any that are not seen or not assigned");
    }
    int bytes = info.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_INFO_BYTES) {
      throw new IllegalArgumentException(
          "an info has at most %d bytes of UTF-8; this one has %d"
              .formatted(MAX_INFO_BYTES, bytes));
    }
  }

  /** A user of whom nothing else is said. */
  public static Identity ofUser(String user) {
    return new Identity(user, "");
  }
}
