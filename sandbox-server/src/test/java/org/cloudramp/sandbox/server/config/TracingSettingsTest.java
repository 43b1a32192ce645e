package org.cloudramp.sandbox.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TracingSettingsTest {
  private static final String ENDPOINT = "server.tracing.endpoint";
  private static final String HEADERS = "server.tracing.headers";

  private static TracingSettings read(Map<String, String> settings) {
    return Settings.of(settings, Map.of(), Map.of()).server().tracing();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "collector:4318/v1/traces",
        "localhost",
        "grpc://collector:4317",
        "http:///v1/traces",
        "http://user:hunter2@collector/v1/traces",
        "http://collector:4318",
        "http://collector:4318/",
        "http://collector/v1/traces?key=hunter2",
        "http://collector/v1/traces#x",
        "http://a b/hunter2"
      })
  void whatIsNoEndpointIsRefusedWithItsNameAndWithoutWhatMayBeASecret(String endpoint) {
    assertThatThrownBy(() -> read(Map.of(ENDPOINT, endpoint)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.tracing.endpoint")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void headersAreNamesAndValues() {
    TracingSettings settings =
        read(
            Map.of(
                ENDPOINT,
                "https://collector.example/otlp/v1/traces",
                HEADERS,
                "Authorization=Bearer a=b,c ; X-Tenant = rooms;"));

    assertThat(settings.isOn()).isTrue();
    assertThat(settings.headers())
        .isEqualTo(Map.of("Authorization", "Bearer a=b,c", "X-Tenant", "rooms"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hunter2",
        "=hunter2",
        "a b=hunter2",
        "A=hunter2; A=hunter2",
        "A=",
        "A=hunter2\u00e9"
      })
  void aHeaderThatReadsWrongIsRefusedAndNotRepeated(String headers) {
    assertThatThrownBy(
            () -> read(Map.of(ENDPOINT, "http://127.0.0.1:4318/v1/traces", HEADERS, headers)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.tracing.headers")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void headersForNobodyAreRefused() {
    assertThatThrownBy(() -> read(Map.of(HEADERS, "A=hunter2")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.tracing.endpoint")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void withoutSettingsNothingIsTraced() {
    assertThat(read(Map.of()).isOn()).isFalse();
  }
}
