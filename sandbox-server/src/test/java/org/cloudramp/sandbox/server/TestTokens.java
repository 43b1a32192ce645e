package org.cloudramp.sandbox.server;

import java.time.Instant;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cloudramp.sandbox.server.token.Scope;
import org.cloudramp.sandbox.server.token.Token;
import org.cloudramp.sandbox.server.token.TokenEntries;
import org.cloudramp.sandbox.server.token.TokenHash;
import org.jspecify.annotations.Nullable;

/** Tokens that tests give to their servers. */
final class TestTokens {
  static final String ADMIN = Token.generate();

  private TestTokens() {}

  /** The entry of {@link #ADMIN}. */
  static String adminEntry() {
    return entry("admin", ADMIN, null, "admin");
  }

  /** The entry of a token. */
  static String entry(String name, String token, @Nullable Instant expires, String... scopes) {
    Set<Scope> parsed = Stream.of(scopes).map(Scope::parse).collect(Collectors.toSet());
    return TokenEntries.write(new Token(name, parsed, TokenHash.of(token), expires));
  }

  /** The value of the header {@code Authorization}. */
  static String bearer(String token) {
    return "Bearer " + token;
  }
}
