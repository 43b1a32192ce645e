package org.cloudramp.sandbox.server.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What includes what. */
class ScopeTest {
  @ParameterizedTest
  @CsvSource({
    "admin, admin, true",
    "admin, deploy:chat, true",
    "admin, read:*, true",
    "deploy:chat, deploy:chat, true",
    "deploy:chat, read:chat, true",
    "deploy:chat, deploy:quiz, false",
    "deploy:chat, read:quiz, false",
    "deploy:chat, read:*, false",
    "deploy:chat, admin, false",
    "deploy:*, deploy:chat, true",
    "deploy:*, read:*, true",
    "deploy:*, admin, false",
    "read:chat, read:chat, true",
    "read:chat, deploy:chat, false",
    "read:chat, read:*, false",
    "read:*, read:chat, true",
    "read:*, deploy:chat, false"
  })
  void aScopeIncludesWhatItIsForAndLess(String has, String needed, boolean included) {
    assertThat(Scope.parse(has).includes(Scope.parse(needed))).isEqualTo(included);
    assertThat(Scope.parse(has)).hasToString(has);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Admin",
        "admin:",
        "admin:chat",
        "deploy",
        "deploy:",
        "deploy:CHAT",
        "deploy:chat:",
        "write:chat",
        ":chat",
        "deploy:**",
        "read:chat*",
        "deploy: chat",
        "deploy:../x"
      })
  void whatIsNoScopeIsRefusedAndNotRepeated(String text) {
    assertThatThrownBy(() -> Scope.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("a scope is 'admin', 'deploy:SERVICE' or 'read:SERVICE'");
  }
}
