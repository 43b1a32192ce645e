package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.I32;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OfferedFunctionsTest {
  @Test
  void describingAPluginNeedsNoneOfItsSecrets() {
    assertThat(names(Sandbox.builder().functions(new Secretive(false))))
        .isEqualTo(Map.of("secretive", List.of("answer", "ask")));
  }

  @Test
  void aPluginThatTellsOnlyAfterItsStartIsStarted() {
    SandboxBuilder withPassword =
        Sandbox.builder()
            .settings(Map.of("functions.secretive.password", "x"))
            .functions(new Secretive(true));
    SandboxBuilder without = Sandbox.builder().functions(new Secretive(true));

    assertThat(names(withPassword)).isEqualTo(Map.of("secretive", List.of("answer", "ask")));
    assertThatThrownBy(without::describeFunctions)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("plugin 'secretive' can say what it offers only after its start")
        .hasMessageContaining("setting 'functions.secretive.password' is missing");
  }

  private static Map<String, List<String>> names(SandboxBuilder builder) {
    return builder.describeFunctions().entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                module -> module.getValue().stream().map(HostFunction::name).toList()));
  }

  /** Cannot start without a password. */
  private static final class Secretive implements HostFunctionProvider {
    private final boolean tellsOnlyWhenStarted;
    private @Nullable String password;

    private Secretive(boolean tellsOnlyWhenStarted) {
      this.tellsOnlyWhenStarted = tellsOnlyWhenStarted;
    }

    @Override
    public String name() {
      return "secretive";
    }

    @Override
    public void start(PluginContext context) {
      password = context.settings().requiredText("password");
    }

    @Override
    public List<HostFunction> functions() {
      if (tellsOnlyWhenStarted && password == null) {
        throw new IllegalStateException("not started");
      }
      return List.of(
          query("ask").returns(I32).answers(call -> 1),
          query("answer").returns(I32).answers(call -> 42));
    }
  }
}
