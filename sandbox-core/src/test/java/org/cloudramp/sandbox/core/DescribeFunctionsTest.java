package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.I32;

import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DescribeFunctionsTest {
  @Test
  void describingAPluginNeedsNoneOfItsSecrets() {
    assertThat(DescribeFunctions.describe(Map.of(), new Secretive(false)))
        .contains("\"secretive\"", "\"ask\"");
  }

  @Test
  void aPluginThatTellsOnlyAfterItsStartIsStarted() {
    assertThat(
            DescribeFunctions.describe(
                Map.of("functions.secretive.password", "x"), new Secretive(true)))
        .contains("\"secretive\"", "\"ask\"");
    assertThatThrownBy(() -> DescribeFunctions.describe(Map.of(), new Secretive(true)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("plugin 'secretive' can say what it offers only after its start")
        .hasMessageContaining("setting 'functions.secretive.password' is missing");
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
      return List.of(query("ask").returns(I32).answers(call -> 1));
    }
  }
}
