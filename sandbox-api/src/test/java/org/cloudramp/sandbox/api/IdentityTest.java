package org.cloudramp.sandbox.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.cloudramp.sandbox.api.hook.HookCall;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
  private static final RoomAddress ADDRESS =
      new RoomAddress(new ServiceId("chat"), new RoomId("lobby"));
  private static final ConnectionId ID = new ConnectionId("c1");

  @ParameterizedTest
  @ValueSource(
      strings = {"", "ann", "ann@example.org", "auth0|5f", "DOMAIN\\ann", "Ann \"A\" 漢字", "😀"})
  void takesTheNamesThatPeopleHave(String user) {
    assertThat(Identity.ofUser(user).user()).isEqualTo(user);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {" ", "a\nb", "a\u0000b", "\u001b[31m", "a\u202eb", "\u2028", "\ud83d", "\ue000"})
  void takesNoTextThatIsNotPlain(String user) {
    assertThatThrownBy(() -> Identity.ofUser(user))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining(user.strip().isEmpty() ? "\n" : user);
  }

  @Test
  void takesAUserOf128CharactersAndNoMore() {
    assertThat(Identity.ofUser("u".repeat(128)).user()).hasSize(128);
    assertThatThrownBy(() -> Identity.ofUser("u".repeat(129)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("128");
  }

  @Test
  void takesAnInfoOfOneKibibyteOfUtf8AndNoMore() {
    assertThat(new Identity("ann", "é".repeat(512)).info()).hasSize(512);
    assertThatThrownBy(() -> new Identity("ann", "é".repeat(512) + "!"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1024");
  }

  @Test
  void nothingIsKnownOfACallThatDoesNotSay() {
    assertThat(new HookCall.Join(ADDRESS, ID).identity()).isEqualTo(Identity.UNKNOWN);
    assertThat(new HookCall.Message(ADDRESS, ID, Payload.text("")).identity())
        .isEqualTo(Identity.UNKNOWN);
    assertThat(new HookCall.Leave(ADDRESS, ID, 1000, "").identity()).isEqualTo(Identity.UNKNOWN);
  }
}
