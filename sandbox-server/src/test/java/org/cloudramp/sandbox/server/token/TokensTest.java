package org.cloudramp.sandbox.server.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is known of tokens, and what of a file that has changed. */
class TokensTest {
  private static final String SECRET = Token.generate();
  private static final String HASH = TokenHash.of(SECRET).toString();
  private static final String OTHER = Token.generate();
  private static final Instant NOW = Instant.parse("2027-01-31T12:00:00Z");
  private static final InstantSource CLOCK = InstantSource.fixed(NOW);
  private static final Scope DEPLOY_CHAT = Scope.parse("deploy:chat");

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("tokens");
  }

  @Test
  void aTokenHas256RandomBitsAndIsLikeNoOther() {
    Set<String> made = new HashSet<>();
    IntStream.range(0, 1_000).forEach(i -> made.add(Token.generate()));

    assertThat(made).hasSize(1_000).allMatch(token -> token.matches("sbx_[A-Za-z0-9_-]{43}"));
    assertThat(made).allMatch(Token::isWellFormed);
  }

  @Test
  void theHashIsTheOneThatOtherToolsMake() {
    assertThat(TokenHash.of("abc"))
        .hasToString("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(TokenHash.parse(HASH)).isEqualTo(TokenHash.of(SECRET));
    assertThat(TokenHash.of(OTHER).matches(TokenHash.of(SECRET))).isFalse();
  }

  @Test
  void aTokenOfTheSettingsIsKnownByItsHash() {
    Tokens tokens =
        Tokens.of("ci deploy:chat %s; ops admin %s".formatted(HASH, hash(OTHER)), null, CLOCK);

    assertThat(tokens.find(TokenHash.of(SECRET)).map(Token::name)).hasValue("ci");
    assertThat(tokens.find(TokenHash.of(OTHER)).map(Token::name)).hasValue("ops");
    assertThat(tokens.find(TokenHash.of(Token.generate()))).isEmpty();
    assertThat(tokens.allow(TokenHash.of(SECRET), DEPLOY_CHAT)).isTrue();
    assertThat(tokens.allow(TokenHash.of(SECRET), Scope.ADMIN)).isFalse();
  }

  @Test
  void aTokenIsWorthNothingFromTheMomentOnAtWhichItExpires() {
    String entries =
        "a admin %s expires=%s; b admin %s expires=%s"
            .formatted(HASH, NOW, hash(OTHER), NOW.plusMillis(1));

    Tokens tokens = Tokens.of(entries, null, CLOCK);

    assertThat(tokens.allow(TokenHash.of(SECRET), DEPLOY_CHAT)).isFalse();
    assertThat(tokens.allow(TokenHash.of(OTHER), DEPLOY_CHAT)).isTrue();
  }

  @Test
  void aFileIsReadAsPeopleWriteIt() throws IOException {
    Files.writeString(
        file,
        "\r\n# all of them\r\n  ci \t deploy:chat,read:quiz\t%s   # for CI\r\n\r\nops admin %s"
            .formatted(HASH, hash(OTHER)));

    Tokens tokens = Tokens.of("", file, CLOCK);

    assertThat(tokens.find(TokenHash.of(SECRET)).map(Token::scopeList))
        .hasValue("deploy:chat,read:quiz");
    assertThat(tokens.find(TokenHash.of(OTHER))).isPresent();
  }

  static Stream<String> broken() {
    return Stream.of(
        "ci deploy:chat",
        "ci deploy:chat " + SECRET,
        "ci " + SECRET + " " + HASH,
        SECRET + "! admin " + HASH,
        "ci admin sha256:1234",
        "ci admin " + HASH.replace(HASH.substring(8, 12), "zzzz"),
        "ci admin " + HASH + " " + SECRET,
        "ci admin " + HASH + " expires=tomorrow",
        "ci admin " + HASH + " expires=2027-01-31T00:00:00Z more",
        "ci deploy:chat, read:quiz " + HASH,
        "ci , " + HASH,
        "-ci admin " + HASH,
        "c\u0000i admin " + HASH,
        "x".repeat(65) + " admin " + HASH,
        "one admin " + HASH + "\none admin " + HASH,
        "ci admin " + HASH + ";");
  }

  @ParameterizedTest
  @MethodSource("broken")
  void anEntryThatReadsWrongIsNamedByItsLineAndNotRepeated(String entries) throws IOException {
    Files.writeString(file, "# a comment\n" + entries + "\n");
    int line = 1 + (int) (entries + "\n").chars().filter(c -> c == '\n').count();

    assertThatThrownBy(() -> Tokens.of("", file, CLOCK))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("%s, line %d: ".formatted(file, line))
        .message()
        .doesNotContain(SECRET);
  }

  @Test
  void withoutAnyTokenNothingStarts() throws IOException {
    Files.writeString(file, "# none yet\n");

    assertThatThrownBy(() -> Tokens.of("", null, CLOCK))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox-server token create", "sandbox.server.tokenFile");
    assertThatThrownBy(() -> Tokens.of(" ; ", file, CLOCK))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> Tokens.of("", folder.resolve("absent"), CLOCK))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("there is no file of tokens");
  }

  @Test
  void moreTokensThanMayBeAreRefused() throws IOException {
    Files.writeString(
        file,
        IntStream.rangeClosed(0, TokenEntries.MAX_TOKENS)
            .mapToObj(i -> "t%d admin %s".formatted(i, HASH))
            .collect(Collectors.joining("\n")));

    assertThatThrownBy(() -> Tokens.of("", file, CLOCK))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("more than 10000 tokens");
  }

  @Test
  void whatIsInTheFileNowCountsAndNothingElse() throws IOException {
    Files.writeString(file, "ci deploy:chat %s\n".formatted(HASH));
    Tokens tokens = Tokens.of("ops admin %s".formatted(hash(OTHER)), file, CLOCK);
    assertThat(tokens.allow(TokenHash.of(SECRET), DEPLOY_CHAT)).isTrue();

    Files.writeString(file, "ci read:chat %s\n".formatted(HASH));
    tokens.readAgain();
    assertThat(tokens.allow(TokenHash.of(SECRET), DEPLOY_CHAT)).isFalse();
    assertThat(tokens.find(TokenHash.of(SECRET))).isPresent();

    Files.writeString(file, "# revoked\n");
    tokens.readAgain();
    assertThat(tokens.find(TokenHash.of(SECRET))).isEmpty();
    assertThat(tokens.find(TokenHash.of(OTHER))).isPresent(); // of the settings
  }

  @Test
  void aFileThatIsBrokenOrGoneLeavesWhatWasKnownValidUntilItIsMended() throws IOException {
    String good = "ci deploy:chat %s\n".formatted(HASH);
    Files.writeString(file, good);
    Tokens tokens = Tokens.of("", file, CLOCK);

    for (String entries : broken().toList()) {
      Files.writeString(file, good + entries);
      tokens.readAgain();
      assertThat(tokens.allow(TokenHash.of(SECRET), DEPLOY_CHAT)).as(entries).isTrue();
    }
    Files.write(file, new byte[] {(byte) 0xff, 'x'});
    tokens.readAgain();
    Files.delete(file);
    tokens.readAgain();
    assertThat(tokens.allow(TokenHash.of(SECRET), DEPLOY_CHAT)).isTrue();

    Files.writeString(file, "ops admin %s\n".formatted(hash(OTHER)), StandardCharsets.UTF_8);
    tokens.readAgain();
    assertThat(tokens.find(TokenHash.of(SECRET))).isEmpty();
    assertThat(tokens.allow(TokenHash.of(OTHER), DEPLOY_CHAT)).isTrue();
  }

  private static TokenHash hash(String token) {
    return TokenHash.of(token);
  }
}
