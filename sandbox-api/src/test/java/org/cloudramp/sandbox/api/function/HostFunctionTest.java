package org.cloudramp.sandbox.api.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.ValueType.I32;
import static org.cloudramp.sandbox.api.function.ValueType.STRING;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostFunctionTest {
  @Test
  void saysHowItWasDeclared() {
    HostFunction function =
        effect("add").takes(STRING.named("player"), I32).does((call, player, points) -> {});

    assertThat(function).hasToString("add(STRING player, I32)");
    assertThat(function.parameters().get(0).name()).contains("player");
    assertThat(function.parameters().get(1).name()).isEmpty();
  }

  @Test
  void hasNoTwoParametersOfOneName() {
    EffectDeclaration.Taking2<String, String> declaration =
        effect("move").takes(STRING.named("player"), STRING.named("player"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> declaration.does((call, a, b) -> {}))
        .withMessageContaining("'move' has two parameters of one name");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Player", "a b", "x: i32", "_a"})
  void hasNoParameterWhoseNameIsNoWord(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STRING.named(name))
        .withMessageContaining("'" + name + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Add", "a.b", "add()"})
  void hasNoNameThatIsNoWord(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> effect(name));
  }
}
