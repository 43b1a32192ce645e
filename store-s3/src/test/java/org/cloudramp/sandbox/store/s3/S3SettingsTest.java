package org.cloudramp.sandbox.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3SettingsTest {
  @Test
  void aBucketIsEnough() {
    assertThat(settings(Map.of()))
        .isEqualTo(
            new S3Settings(
                "modules",
                "",
                Optional.empty(),
                Optional.empty(),
                false,
                false,
                S3Settings.ChunkedEncoding.DETECT,
                false,
                Duration.ofSeconds(5)));
  }

  @Test
  void everythingCanBeSaid() {
    assertThat(
            settings(
                Map.of(
                    "prefix", "a/b.c/",
                    "region", "eu-central-1",
                    "endpoint", "https://storage.example.com:9000",
                    "pathStyle", "false",
                    "checksums", "supported",
                    "chunkedEncoding", "never",
                    "readOnly", "true",
                    "timeout", "300ms")))
        .isEqualTo(
            new S3Settings(
                "modules",
                "a/b.c/",
                Optional.of("eu-central-1"),
                Optional.of(URI.create("https://storage.example.com:9000")),
                false,
                true,
                S3Settings.ChunkedEncoding.NEVER,
                true,
                Duration.ofMillis(300)));
  }

  @Test
  void serversOtherThanAwsAreAskedByPath() {
    assertThat(settings(Map.of("endpoint", "http://127.0.0.1:9000")).pathStyle()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "bucket, a/b",
    "bucket, ..",
    "prefix, modules",
    "prefix, /modules/",
    "prefix, ../",
    "prefix, a/../",
    "prefix, ./",
    "endpoint, storage.example.com",
    "endpoint, ftp://storage.example.com",
    "endpoint, https://user:secret@storage.example.com",
    "pathStyle, maybe",
    "checksums, always",
    "chunkedEncoding, true",
    "readOnly, yes",
    "timeout, 0s",
    "timeout, soon",
  })
  void wrongSettingsAreRefusedByName(String name, String value) {
    assertThatThrownBy(() -> settings(Map.of(name, value)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'store." + name + "'");
  }

  @Test
  void aBucketMustBeNamed() {
    assertThatThrownBy(() -> S3Settings.from(new PluginSettings("store.", Map.of())))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'store.bucket'");
  }

  private static S3Settings settings(Map<String, String> overrides) {
    Map<String, String> settings = new HashMap<>(Map.of("bucket", "modules"));
    settings.putAll(overrides);
    return S3Settings.from(new PluginSettings("store.", settings));
  }
}
