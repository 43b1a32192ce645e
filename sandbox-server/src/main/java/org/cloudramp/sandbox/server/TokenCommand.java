package org.cloudramp.sandbox.server;

import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.server.config.Settings;
import org.cloudramp.sandbox.server.token.Scope;
import org.cloudramp.sandbox.server.token.Token;
import org.cloudramp.sandbox.server.token.TokenEntries;
import org.cloudramp.sandbox.server.token.TokenFile;
import org.cloudramp.sandbox.server.token.TokenHash;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Makes, lists and revokes tokens in a file, which a running server reads again. Two of these
 * commands at the same time may undo each other.
 */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    description = "Makes, lists and revokes the tokens with which somebody may upload.")
final class TokenCommand {
  private static final String DAYS = "\\d{1,5}d";

  @Spec private @Nullable CommandSpec spec;

  private TokenCommand() {}

  /** Which file of tokens is meant. */
  private static final class WhichFile {
    @Option(
        names = "--file",
        paramLabel = "FILE",
        description = "The file of tokens. Default: the setting sandbox.server.tokenFile.")
    private @Nullable Path file;

    @Option(
        names = "--config",
        paramLabel = "FILE",
        description = "Where that setting is; default: as for the server.")
    private @Nullable Path config;

    /** The path; null if there is none. */
    private @Nullable Path pathOrNull() {
      return file != null
          ? file
          : Settings.of(Map.of(), System.getenv(), Settings.fileOrDefault(config))
              .server()
              .access()
              .tokenFile();
    }

    private TokenFile required() {
      Path path = pathOrNull();
      if (path == null) {
        throw new ConfigurationException(
            "there is no file of tokens: name one with --file, or set sandbox.server.tokenFile");
      }
      return new TokenFile(path);
    }
  }

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = {
        "Makes a token, prints it, and adds its hash to the file.",
        "It is printed once and kept nowhere. Without a file its entry is printed as well, for the setting sandbox.server.tokens (SANDBOX_SERVER_TOKENS)."
      })
  int create(
      @Mixin WhichFile which,
      @Parameters(paramLabel = "NAME", description = "By which the log speaks of it.") String name,
      @Option(
              names = "--scope",
              required = true,
              split = ",",
              paramLabel = "SCOPE",
              description = "admin, deploy:SERVICE or read:SERVICE; * for all services.")
          List<String> scopes,
      @Option(
              names = "--expires",
              paramLabel = "TIME",
              description = "90d for days, 2027-01-31, or 2027-01-31T12:00:00Z. Default: never.")
          @Nullable String expires) {
    String secret = Token.generate();
    Token token = token(name, scopes, secret, expires);
    Path path = which.pathOrNull();
    if (path != null) {
      new TokenFile(path).add(token);
      print("added '%s' (%s) to %s".formatted(name, token.scopeList(), path));
    } else {
      print("entry: " + TokenEntries.write(token));
    }
    print("token: " + secret);
    return CommandLine.ExitCode.OK;
  }

  private Token token(String name, List<String> scopes, String secret, @Nullable String expires) {
    try {
      Set<Scope> parsed = scopes.stream().map(Scope::parse).collect(Collectors.toSet());
      return new Token(name, parsed, TokenHash.of(secret), instant(expires));
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Instant instant(@Nullable String text) {
    if (text == null) {
      return null;
    }
    if (text.matches(DAYS)) {
      return Instant.now().plus(Duration.ofDays(Long.parseLong(text.replace("d", ""))));
    }
    try {
      return text.contains("T")
          ? Instant.parse(text)
          : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeException e) {
      throw usage("--expires is written 90d, 2027-01-31 or 2027-01-31T12:00:00Z");
    }
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Prints name, scopes and end of each token in the file.")
  int list(@Mixin WhichFile which) {
    Instant now = Instant.now();
    for (Token token : which.required().tokens()) {
      print(
          "%-24s %-32s %s"
              .formatted(
                  token.name(),
                  token.scopeList(),
                  token.expires() == null
                      ? "does not expire"
                      : (token.isExpired(now) ? "expired " : "expires ") + token.expires()));
    }
    return CommandLine.ExitCode.OK;
  }

  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "Takes a token out of the file; a running server notices within two seconds.")
  int revoke(
      @Mixin WhichFile which,
      @Parameters(paramLabel = "NAME", description = "Of the token.") String name) {
    TokenFile file = which.required();
    if (!file.remove(name)) {
      Set<String> names = new HashSet<>();
      file.tokens().forEach(token -> names.add(token.name()));
      throw new ConfigurationException(
          "there is no token of that name; there are: %s"
              .formatted(names.stream().sorted().collect(Collectors.joining(", "))));
    }
    print("revoked '%s'".formatted(name));
    return CommandLine.ExitCode.OK;
  }

  private void print(String line) {
    commandLine().getOut().println(line);
    commandLine().getOut().flush();
  }

  private ParameterException usage(String what) {
    return new ParameterException(commandLine(), what);
  }

  private CommandLine commandLine() {
    if (spec == null) {
      throw new IllegalStateException("picocli sets it");
    }
    return spec.commandLine();
  }
}
