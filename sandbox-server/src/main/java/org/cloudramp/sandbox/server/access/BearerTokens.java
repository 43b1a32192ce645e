package org.cloudramp.sandbox.server.access;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is brought in a header {@code Authorization: Bearer …} (RFC 6750). */
public final class BearerTokens {
  private static final Pattern BEARER =
      Pattern.compile("Bearer +(\\S+) *", Pattern.CASE_INSENSITIVE);

  private BearerTokens() {}

  /** The token in the value of the header; empty if it has another shape. */
  public static Optional<String> in(String value) {
    Matcher bearer = BEARER.matcher(value);
    return bearer.matches() ? Optional.of(bearer.group(1)) : Optional.empty();
  }
}
