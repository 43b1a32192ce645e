package org.cloudramp.sandbox.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          redis://host                              | host:6379                          | false
          redis://user:secret@host:7000/3           | host:7000                          | false
          rediss://host:7000                        | host:7000                          | false
          redis-sentinel://a:1,b:2#main             | sentinels a:1,b:2 for main         | false
          redis-cluster://:secret@a:1,b:2,c:3       | a:1,b:2,c:3                        | true
          rediss-cluster://a,b                      | a:6379,b:6379                      | true
          """)
  void readsEveryKindOfAddress(String uri, String described, boolean isCluster) {
    RedisAddress address = address(uri);

    assertThat(address).hasToString(described);
    assertThat(address.isCluster()).isEqualTo(isCluster);
    assertThat(address.nodes())
        .allSatisfy(
            node -> {
              assertThat(node.isSsl()).isEqualTo(uri.startsWith("rediss"));
              assertThat(node.getTimeout()).isEqualTo(Duration.ofSeconds(3));
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host:6379",
        "http://user:hunter2@host",
        "redis://user:hunter2@",
        "redis-cluster://user:hunter2@",
        "redis://user:hunter2@ho st",
        "redis://:hunter2",
        "redis://user:hunter2",
        "redis://user:hunter2/1",
        "redis-cluster://a:1,:hunter2",
        "redis-sentinel://:hunter2#main",
        "redis://:hunter2@host:abc",
        "::"
      })
  void refusesWhatIsNoAddressWithoutRepeatingThePassword(String uri) {
    assertThatThrownBy(() -> address(uri))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("kv.uri")
        .hasMessageContaining("redis-sentinel://")
        .hasMessageNotContaining("hunter2")
        .hasNoCause();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://user:hun@ter2@host",
        "redis://user:hun#ter2@host:6379/0",
        "redis://:hun/ter2@host",
        "redis://:hun?ter2@host",
        "redis://:hun%ter2@host",
        "redis://:hun ter2@host",
        "rediss://hun[ter2@host",
        "redis-sentinel://:hun@ter2@a,b#main",
        "redis-cluster://:hun#ter2@a,b"
      })
  void saysThatAPasswordMustBePercentEncodedWithoutShowingAnyOfIt(String uri) {
    assertThatThrownBy(() -> address(uri))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("kv.uri", "percent-encoded", "%40 for @", "%23 for #")
        .hasMessageNotContainingAny("hun", "ter2")
        .hasNoCause();
  }

  @Test
  void wrongSettingsAreRefusedBeforeAnythingIsOpened() {
    assertRefused(Map.of(), "uri");
    assertRefused(Map.of("uri", "redis://x", "timeout", "soon"), "timeout");
    assertRefused(Map.of("uri", "redis://x", "timeout", "0ms"), "timeout");
    assertRefused(Map.of("uri", "redis://x", "keysPerRoom", "-1"), "keysPerRoom");
  }

  @Test
  void aServerBeforeSevenIsRefused() {
    assertThat(
            ServerInfo.check("x", "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n"))
        .isEqualTo(new ServerInfo("7.0.15", false));
    assertThat(ServerInfo.check("x", "redis_version:10.2.0\r\nredis_mode:cluster\r\n"))
        .isEqualTo(new ServerInfo("10.2.0", true));
    assertThatThrownBy(() -> ServerInfo.check("host:6379", "redis_version:6.2.14\r\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("host:6379")
        .hasMessageContaining("6.2.14")
        .hasMessageContaining("7.0 or later");
    assertThatThrownBy(() -> ServerInfo.check("host:6379", ""))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("7.0 or later");
  }

  private static void assertRefused(Map<String, String> settings, String name) {
    assertThatThrownBy(() -> new RedisKvStore().start(PluginContext.of(settings)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'" + name + "'");
  }

  private static RedisAddress address(String uri) {
    return RedisAddress.from(new PluginSettings("kv.", Map.of("uri", uri)), Duration.ofSeconds(3));
  }
}
