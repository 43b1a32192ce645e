package org.cloudramp.sandbox.server.token;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a token, which is not the token itself.
 *
 * @param name by which people speak of it, in the log as well: 1 to 64 of {@code A-Z a-z 0-9 . _ -}
 * @param scopes what it allows; at least one
 * @param expires from when on it is not valid any more; null if it does not expire
 */
public record Token(String name, Set<Scope> scopes, TokenHash hash, @Nullable Instant expires) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /** By which programs that look for leaked secrets recognise one. */
  private static final String PREFIX = "sbx_";

  private static final int RANDOM_BYTES = 32;

  /**
   * What is taken for a token: of the characters that RFC 6750 allows, long enough to be none by
   * accident.
   */
  private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9._~+/-]{16,512}=*");

  /**
   * Copies the scopes.
   *
   * @throws IllegalArgumentException if the name has another shape, or there is no scope
   */
  public Token {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "the name of a token is 1 to 64 of A-Z a-z 0-9 . _ -, and begins with a letter or digit");
    }
    if (scopes.isEmpty()) {
      throw new IllegalArgumentException("a token needs a scope");
    }
    scopes = Set.copyOf(scopes);
  }

  /** A new token to give away, with 256 bits of a secure random generator. */
  public static String generate() {
    byte[] random = new byte[RANDOM_BYTES];
    new SecureRandom().nextBytes(random);
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /** Whether a text can be a token at all. */
  public static boolean isWellFormed(String text) {
    return SECRET.matcher(text).matches();
  }

  /** Whether it allows what needs {@code needed}. */
  public boolean allows(Scope needed) {
    return scopes.stream().anyMatch(scope -> scope.includes(needed));
  }

  /** Whether it is not valid any more. */
  public boolean isExpired(Instant now) {
    return expires != null && !now.isBefore(expires);
  }

  /** The scopes as they are written down, in an order. */
  public String scopeList() {
    return scopes.stream()
        .map(Scope::toString)
        .collect(Collectors.toCollection(TreeSet::new))
        .stream()
        .collect(Collectors.joining(","));
  }
}
