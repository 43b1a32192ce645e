package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import org.cloudramp.sandbox.server.config.Settings;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a server says that it is, it can be asked. */
class AddressTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, localhost, false",
    "localhost, localhost, false",
    "127.0.0.2, 127.0.0.2, false",
    "0.0.0.0, localhost, true"
  })
  @EnabledOnOs(OS.LINUX) // elsewhere the second loopback address has to be set up
  void theUrlIsWhereItListens(String host, String said, boolean everywhere) throws Exception {
    Map<String, String> settings =
        Map.of(
            "server.host",
            host,
            "server.port",
            "0",
            "store.filesystem.folder",
            folder.toString(),
            "server.tokens",
            TestTokens.adminEntry());
    try (SandboxServer server =
        SandboxServer.of(Settings.of(settings, Map.of(), Map.of())).start()) {
      URI uri = server.uri();

      assertThat(uri.getHost()).isEqualTo(said);
      assertThat(server.listensEverywhere()).isEqualTo(everywhere);
      assertThat(
              HttpClient.newHttpClient()
                  .send(
                      HttpRequest.newBuilder(uri.resolve("healthz")).build(),
                      BodyHandlers.discarding())
                  .statusCode())
          .isEqualTo(200);
    }
  }
}
