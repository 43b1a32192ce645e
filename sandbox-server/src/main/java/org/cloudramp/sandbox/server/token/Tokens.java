package org.cloudramp.sandbox.server.token;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.server.observe.RecurringTrouble;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens that a server knows, from its settings and from a file. The file is read again when
 * asked; one that cannot be read, or reads wrong, changes nothing. Thread-safe, and no reader
 * waits.
 */
public final class Tokens {
  private static final Logger log = LoggerFactory.getLogger(Tokens.class);
  private static final Logger audit = LoggerFactory.getLogger("org.cloudramp.sandbox.audit");

  private final List<Token> fixed;
  private final @Nullable Path file;
  private final InstantSource clock;
  private volatile List<Token> all;

  // Of the thread that reads again, and of nobody else.
  private byte[] lastRead = new byte[0];
  private final RecurringTrouble trouble =
      new RecurringTrouble(log, "the tokens that were known before stay valid: {}");

  private Tokens(List<Token> fixed, @Nullable Path file, InstantSource clock) {
    this.fixed = fixed;
    this.file = file;
    this.clock = clock;
    this.all = fixed;
  }

  /**
   * Tokens of settings and of a file, which is read now.
   *
   * @param entries as {@link TokenEntries} reads them, with a semicolon or a new line between them;
   *     may be empty
   * @throws ConfigurationException if an entry reads wrong, the file cannot be read, or there is no
   *     token at all
   */
  public static Tokens of(String entries, @Nullable Path file, InstantSource clock) {
    Tokens tokens =
        new Tokens(
            TokenEntries.parse(entries.replace(';', '\n'), "sandbox.server.tokens"), file, clock);
    if (file != null) {
      tokens.lastRead = TokenFile.read(file);
      tokens.all = tokens.with(tokens.lastRead);
    }
    if (tokens.all.isEmpty()) {
      throw new ConfigurationException(
          "this server has no token, and without one nobody could upload to it: run"
              + " 'sandbox-server token create NAME --scope admin --file tokens' and set sandbox.server.tokenFile = tokens");
    }
    return tokens;
  }

  private List<Token> with(byte[] content) {
    List<Token> both = new ArrayList<>(fixed);
    both.addAll(TokenFile.parse(content, file));
    return List.copyOf(both);
  }

  /**
   * Reads the file again, if there is one. From then on only the tokens that are in it now are
   * valid, and those of the settings. To be called by one thread.
   */
  public void readAgain() {
    if (file == null) {
      return;
    }
    try {
      byte[] content = TokenFile.read(file);
      if (!Arrays.equals(content, lastRead)) {
        lastRead = content;
        all = with(content);
        audit.info("the tokens of {} were read again; {} are known", file, all.size());
      }
      trouble.isOver();
    } catch (ConfigurationException e) {
      trouble.is(String.valueOf(e.getMessage()));
    }
  }

  /**
   * The token with this hash, valid or expired. All are compared, each in the same time, so that
   * how long it takes says nothing.
   */
  public Optional<Token> find(TokenHash hash) {
    Token found = null;
    for (Token token : all) {
      if (token.hash().matches(hash)) {
        found = token;
      }
    }
    return Optional.ofNullable(found);
  }

  /** Whether a token is no longer valid. */
  public boolean isExpired(Token token) {
    return token.isExpired(clock.instant());
  }

  /** Whether a token that was valid still is, and allows something. */
  public boolean allow(TokenHash hash, Scope needed) {
    return find(hash).filter(token -> !isExpired(token) && token.allows(needed)).isPresent();
  }
}
