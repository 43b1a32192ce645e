package org.cloudramp.sandbox.server.token;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * How tokens are written down, for people to read and edit: one on each line, as
 *
 * <pre>{@code
 * # name  scopes                 hash           and, if it expires, when
 * ci      deploy:chat,read:quiz  sha256:9f86d…  expires=2027-01-31T00:00:00Z
 * }</pre>
 *
 * A {@code #} begins a comment, and empty lines do not count.
 */
public final class TokenEntries {
  /** A check of a token looks at all of them. */
  static final int MAX_TOKENS = 10_000;

  private static final String EXPIRES = "expires=";

  private TokenEntries() {}

  /**
   * Reads entries.
   *
   * @param where they are from, for messages
   * @throws ConfigurationException if one reads wrong; the message has the number of its line and
   *     nothing of its text, which may be a token in the wrong place
   */
  public static List<Token> parse(String text, String where) {
    List<Token> tokens = new ArrayList<>();
    Set<String> names = new HashSet<>();
    int number = 0;
    for (String line : text.split("\r?\n", -1)) {
      number++;
      String entry = line.replaceFirst("#.*", "").strip();
      if (!entry.isEmpty()) {
        Token token = parseEntry(entry.split("\\s+"), where, number);
        if (!names.add(token.name())) {
          throw broken(where, number, "there is a token '%s' already".formatted(token.name()));
        }
        tokens.add(token);
      }
      if (tokens.size() > MAX_TOKENS) {
        throw broken(where, number, "there are more than %d tokens".formatted(MAX_TOKENS));
      }
    }
    return tokens;
  }

  private static Token parseEntry(String[] fields, String where, int line) {
    if (fields.length < 3 || fields.length > 4) {
      throw broken(
          where, line, "an entry is a name, scopes, a hash and, if it expires, expires=TIME");
    }
    try {
      Set<Scope> scopes =
          Arrays.stream(fields[1].split(",")).map(Scope::parse).collect(Collectors.toSet());
      Instant expires = fields.length == 4 ? parseExpiry(fields[3]) : null;
      return new Token(fields[0], scopes, TokenHash.parse(fields[2]), expires);
    } catch (IllegalArgumentException e) {
      throw broken(where, line, String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable Instant parseExpiry(String field) {
    try {
      if (field.startsWith(EXPIRES)) {
        return Instant.parse(field.substring(EXPIRES.length()));
      }
    } catch (DateTimeException e) {
      // falls through: the exception of the library repeats the text
    }
    throw new IllegalArgumentException(
        "the time at which a token expires is written expires=2027-01-31T00:00:00Z");
  }

  private static ConfigurationException broken(String where, int line, String what) {
    return new ConfigurationException("%s, line %d: %s".formatted(where, line, what));
  }

  /** The entry of a token, in one line. */
  public static String write(Token token) {
    String entry = "%s %s %s".formatted(token.name(), token.scopeList(), token.hash());
    return token.expires() == null ? entry : entry + " " + EXPIRES + token.expires();
  }
}
