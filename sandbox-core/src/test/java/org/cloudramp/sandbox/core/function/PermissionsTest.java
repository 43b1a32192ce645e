package org.cloudramp.sandbox.core.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.I32;
import static org.cloudramp.sandbox.api.function.ValueType.STRING;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PermissionsTest {
  private static final ServiceId QUIZ = new ServiceId("quiz");
  private static final ServiceId CHAT = new ServiceId("chat");

  @Test
  void opensWhatIsBuiltInToEverybodyAndNothingElse() {
    FunctionCatalogue catalogue = catalogue(Map.of());

    link(catalogue, CHAT, "kv", "get");
    link(catalogue, CHAT, "sandbox", "log");

    assertThatThrownBy(() -> link(catalogue, QUIZ, "leaderboard", "add"))
        .isInstanceOfSatisfying(
            ModuleException.class,
            e -> assertThat(e.kind()).isEqualTo(ModuleException.Kind.UNLINKABLE))
        .hasMessage(
            "import \"leaderboard.add\" is denied to service 'quiz'; the operator's setting"
                + " 'permissions.leaderboard' or 'permissions.leaderboard.add' would allow it");
  }

  @ParameterizedTest
  @CsvSource({
    "leaderboard,     quiz,       add, true,  false",
    "leaderboard,     'chat,quiz',add, true,  true",
    "leaderboard,     *,          add, true,  true",
    "leaderboard,     '',         add, false, false",
    "leaderboard.add, quiz,       add, true,  false",
    "leaderboard.add, quiz,       of,  false, false",
    "leaderboard.of,  ' * ',      of,  true,  true",
  })
  void allowsAServiceAModuleOrAFunction(
      String setting, String services, String function, boolean quiz, boolean chat) {
    Permissions permissions = Permissions.read(Map.of(setting, services));

    assertThat(permissions.allow(QUIZ, "leaderboard", function)).isEqualTo(quiz);
    assertThat(permissions.allow(CHAT, "leaderboard", function)).isEqualTo(chat);
  }

  @Test
  void addsUpWhatIsAllowed() {
    Permissions permissions =
        Permissions.read(Map.of("leaderboard", "quiz", "leaderboard.of", "*"));

    assertThat(permissions.allow(QUIZ, "leaderboard", "add")).isTrue();
    assertThat(permissions.allow(CHAT, "leaderboard", "of")).isTrue();
    assertThat(permissions.allow(CHAT, "leaderboard", "add")).isFalse();
  }

  @Test
  void tellsWhatAServiceMayImport() {
    FunctionCatalogue catalogue =
        catalogue(Map.of("leaderboard", "quiz", "leaderboard.of", "*"), "room");

    assertThat(catalogue.open()).containsExactly("kv", "request", "room", "sandbox", "timer");
    assertThat(catalogue.granted(QUIZ)).containsExactly("leaderboard.add", "leaderboard.of");
    assertThat(catalogue.granted(CHAT)).containsExactly("leaderboard.of");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kv              | quiz | setting 'permissions.kv' has no effect: conn, kv, request, room, sandbox, timer are open",
        "kv.get          | quiz | setting 'permissions.kv.get' has no effect",
        "leaderboard     | Quiz | setting 'permissions.leaderboard' holds 'Quiz', which is no id of a service",
        "Leaderboard     | *    | is not named after a module",
        "leaderboard.a.b | *    | is not named after a module",
        "leaderbord      | *    | there are: leaderboard, leaderboard.add, leaderboard.of",
        "leaderboard.sub | *    | setting 'permissions.leaderboard.sub' names no host function",
      })
  void refusesSettingsThatMeanNothing(String setting, String services, String reason) {
    assertThatThrownBy(() -> catalogue(Map.of(setting, services), "room", "conn"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(reason);
  }

  private static FunctionCatalogue catalogue(Map<String, String> permissions, String... builtIn) {
    HostFunctionProvider leaderboard =
        new HostFunctionProvider() {
          @Override
          public String name() {
            return "leaderboard";
          }

          @Override
          public List<HostFunction> functions() {
            return List.of(
                query("of").takes(STRING).returns(I32).answers((call, player) -> 0),
                effect("add")
                    .takes(STRING.named("player"), I32.named("points"))
                    .does((call, player, points) -> {}));
          }
        };
    return new FunctionCatalogue(
        Stream.of(builtIn).map(PermissionsTest::builtIn).toList(),
        List.of(leaderboard),
        Permissions.read(permissions),
        1);
  }

  /** A module of an extension, without functions. */
  private static HostFunctionProvider builtIn(String name) {
    return new HostFunctionProvider() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public List<HostFunction> functions() {
        return List.of();
      }
    };
  }

  private static void link(
      FunctionCatalogue catalogue, ServiceId service, String module, String function) {
    assertThat(
            catalogue.link(
                service, List.of(new FunctionImport(module, function, FunctionSignature.NOTHING))))
        .hasSize(1);
  }
}
