package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.server.token.Scope;
import org.cloudramp.sandbox.server.token.TokenHash;
import org.cloudramp.sandbox.server.token.Tokens;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command {@code token}, as an operator calls it. */
class TokenCommandTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("tokens");
  }

  /** What a call has printed, and how it has ended. */
  private record Outcome(int status, String output, String errors) {
    String token() {
      return output
          .lines()
          .filter(line -> line.startsWith("token: "))
          .findFirst()
          .orElseThrow()
          .substring("token: ".length());
    }
  }

  private static Outcome run(String... words) {
    StringWriter output = new StringWriter();
    StringWriter errors = new StringWriter();
    List<String> all = new ArrayList<>(List.of("token"));
    all.addAll(List.of(words));
    int status =
        Server.commandLine()
            .setOut(new PrintWriter(output))
            .setErr(new PrintWriter(errors))
            .execute(all.toArray(String[]::new));
    return new Outcome(status, output.toString(), errors.toString());
  }

  private Outcome create(String name, String... more) {
    List<String> all = new ArrayList<>(List.of("create", name, "--file", file.toString()));
    all.addAll(List.of(more));
    return run(all.toArray(String[]::new));
  }

  @Test
  void aTokenThatIsMadeIsValidAndOnlyItsHashIsKept() throws IOException {
    Outcome made = create("ci", "--scope", "deploy:chat,read:quiz", "--expires", "90d");

    assertThat(made.status()).isZero();
    Tokens tokens = Tokens.of("", file, InstantSource.system());
    TokenHash hash = TokenHash.of(made.token());
    assertThat(tokens.allow(hash, Scope.parse("deploy:chat"))).isTrue();
    assertThat(tokens.allow(hash, Scope.parse("read:quiz"))).isTrue();
    assertThat(tokens.allow(hash, Scope.parse("deploy:quiz"))).isFalse();
    assertThat(Files.readString(file)).doesNotContain(made.token()).contains("ci ", " expires=2");
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aNewFileIsItsOwnersAndAnOldOneStaysAsItWas() throws IOException {
    assertThat(create("one", "--scope", "admin").status()).isZero();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThat(create("two", "--scope", "admin").status()).isZero();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
    assertThat(folder).isDirectoryNotContaining(path -> path.toString().endsWith(".new"));
  }

  @Test
  void whatIsRevokedIsGoneAndTheRestOfTheFileStaysAsItWas() throws IOException {
    String before = "# ours\n\n  %s # kept\n".formatted(TestTokens.adminEntry());
    Files.writeString(file, before);
    assertThat(create("ci", "--scope", "deploy:*").status()).isZero();
    assertThat(create("ci", "--scope", "admin").errors()).contains("there is a token 'ci' already");

    Outcome revoked = run("revoke", "ci", "--file", file.toString());
    Outcome again = run("revoke", "ci", "--file", file.toString());

    assertThat(revoked.status()).isZero();
    assertThat(file).hasContent(before);
    assertThat(again.status()).isEqualTo(2);
    assertThat(again.errors()).contains("there is no token of that name; there are: admin");
  }

  @Test
  void aListSaysWhatATokenAllowsAndWhenItEnds() {
    assertThat(create("old", "--scope", "read:chat", "--expires", "2020-01-31").status()).isZero();
    assertThat(create("new", "--scope", "admin").status()).isZero();

    Outcome list = run("list", "--file", file.toString());

    assertThat(list.output().lines().toList())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith("old ")
                    .contains(" read:chat ")
                    .endsWith("expired 2020-01-31T00:00:00Z"),
            line -> assertThat(line).startsWith("new ").endsWith("does not expire"));
  }

  @Test
  void theFileOfTheSettingsIsMeantIfNoneIsNamed() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("x.properties"), "sandbox.server.tokenFile = " + file + "\n");

    Outcome made = run("create", "me", "--scope", "admin", "--config", config.toString());

    assertThat(made.status()).isZero();
    assertThat(file).exists();
  }

  @Test
  void withoutAFileTheEntryIsPrintedForTheEnvironment() throws IOException {
    Path config = Files.writeString(folder.resolve("x.properties"), "");

    Outcome made = run("create", "me", "--scope", "admin", "--config", config.toString());

    String entry = made.output().lines().findFirst().orElseThrow().replaceFirst("^entry: ", "");
    Tokens tokens = Tokens.of(entry, null, InstantSource.system());
    assertThat(tokens.allow(TokenHash.of(made.token()), Scope.ADMIN)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x --scope everything",
        "x --scope deploy:CHAT",
        "x",
        "-x --scope admin",
        "a/b --scope admin",
        "x --scope admin --expires soon",
        "x --scope admin --expires 90"
      })
  void whatMakesNoTokenMakesNoFile(String words) {
    Outcome outcome = run(("create --file " + file + " " + words).split(" "));

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.errors()).isNotBlank().doesNotContain("\tat ");
    assertThat(file).doesNotExist();
  }

  @Test
  void aBrokenFileIsNotWrittenTo() throws IOException {
    Files.writeString(file, "not an entry\n");

    Outcome outcome = create("ci", "--scope", "admin");

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.errors()).contains("line 1");
    assertThat(outcome.output()).doesNotContain("token: ");
    assertThat(file).hasContent("not an entry\n");
  }

  @Test
  void whatThereIsToDoIsSaid() {
    assertThat(run("--help").output()).contains("create", "list", "revoke");
  }
}
