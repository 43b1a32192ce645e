package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.testkit.servers.Ports;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.cloudramp.sandbox.testkit.servers.WatchedProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the management port says. */
class ManagementTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void aServerHasNoManagementPortUnlessItIsToldOne() {
    try (TestServer server = TestServer.start(folder)) {
      assertThat(server.management()).isEmpty();
      assertThat(server.send(server.strangersRequest("/readyz")).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void aServerWhosePartsAnswerIsAliveAndReady() throws Exception {
    try (TestServer server = start()) {
      HttpResponse<String> alive = ask(server, "livez");
      HttpResponse<String> ready = ask(server, "readyz");

      assertThat(alive.statusCode()).as(alive.body()).isEqualTo(200);
      assertThat(JSON.readTree(alive.body()))
          .isEqualTo(JSON.readTree("{\"ok\":true,\"parts\":{\"loops\":{\"state\":\"up\"}}}"));
      assertThat(ready.statusCode()).as(ready.body()).isEqualTo(200);
      assertThat(JSON.readTree(ready.body()))
          .isEqualTo(
              JSON.readTree(
                  "{\"ok\":true,\"parts\":{\"store\":{\"state\":\"up\"},\"kv\":{\"state\":\"up\"}}}"));
      assertThat(ask(server, "healthz").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void aServerWhoseStoreIsAwayIsAliveAndNotReadyUntilItIsBack() throws Exception {
    Path modules = folder.resolve("modules");
    try (TestServer server = TestServer.start(modules, "server.management.port", "0")) {
      Path elsewhere = Files.move(modules, folder.resolve("elsewhere"));

      awaitStatus(server, "readyz", 503);

      JsonNode parts = JSON.readTree(ask(server, "readyz").body()).get("parts");
      assertThat(parts.get("store").get("state").asText()).isEqualTo("down");
      assertThat(parts.get("store").get("trouble").asText()).contains(modules.toString());
      assertThat(parts.get("kv").get("state").asText()).isEqualTo("up");
      assertThat(ask(server, "livez").statusCode()).isEqualTo(200);
      Files.move(elsewhere, modules);
      awaitStatus(server, "readyz", 200);
    }
  }

  @Test
  void aServerWhoseKeysAreAwayIsNotReadyUntilTheyAreBack() throws Exception {
    try (RedisProcess redis = RedisProcess.start();
        TestServer server =
            TestServer.start(
                folder,
                "server.management.port",
                "0",
                "kv",
                "redis",
                "kv.redis.uri",
                redis.uri())) {
      awaitStatus(server, "readyz", 200);

      redis.kill();

      awaitStatus(server, "readyz", 503);
      JsonNode parts = JSON.readTree(ask(server, "readyz").body()).get("parts");
      assertThat(parts.get("kv").get("state").asText()).isEqualTo("down");
      assertThat(parts.get("store").get("state").asText()).isEqualTo("up");
      redis.restart();
      awaitStatus(server, "readyz", 200);
    }
  }

  @Test
  void aServerThatIsToldToStopIsNotReadyWhileItStops() throws Exception {
    int port = Ports.free();
    Path config =
        Files.writeString(
            folder.resolve("x.properties"),
            """
            sandbox.store.filesystem.folder = modules
            sandbox.functions = neverCloses
            sandbox.server.shutdown = 1s
            sandbox.server.management.port = %d
            """
                .formatted(port));
    try (WatchedProcess server =
        ServerProcess.launch(
            folder, folder, Map.of(), "--config", config.toString(), "--port", "0")) {
      URI unused = ServerProcess.awaitReady(server);
      URI readyz = URI.create("http://localhost:" + port + "/readyz");
      assertThat(ask(readyz).statusCode()).isEqualTo(200);

      server.process().toHandle().destroy(); // SIGTERM; a plugin keeps it from ending

      await().atMost(TestServer.PATIENCE).until(() -> ask(readyz).statusCode() == 503);
      assertThat(JSON.readTree(ask(readyz).body()).get("parts").get("server").get("state").asText())
          .isEqualTo("stopping");
      assertThat(ask(readyz.resolve("/livez")).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aStrangersPageGetsNothingByANameOfItsOwn() throws Exception {
    try (TestServer server = start()) {
      HttpRequest request =
          HttpRequest.newBuilder(server.management().orElseThrow().resolve("/readyz"))
              .header("Host", "evil.example")
              .build();

      assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(403);
    }
  }

  @Test
  void aManagementPortThatIsTakenIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());

      assertThatThrownBy(() -> TestServer.start(folder, "server.management.port", port))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("127.0.0.1:" + port)
          .hasMessageContaining("sandbox.server.management.port");
    }
  }

  private TestServer start() {
    return TestServer.start(folder, "server.management.port", "0");
  }

  private void awaitStatus(TestServer server, String path, int status) {
    await()
        .atMost(TestServer.PATIENCE)
        .untilAsserted(() -> assertThat(ask(server, path).statusCode()).isEqualTo(status));
  }

  private HttpResponse<String> ask(TestServer server, String path) throws Exception {
    return ask(server.management().orElseThrow().resolve("/" + path));
  }

  private HttpResponse<String> ask(URI uri) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri).timeout(TestServer.PATIENCE).build(), BodyHandlers.ofString());
  }
}
