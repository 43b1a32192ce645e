package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.cloudramp.sandbox.server.Client.Closed;
import org.cloudramp.sandbox.testkit.Guests;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command, as a process of its own. */
class ServerCommandTest {
  @TempDir Path folder;
  private @Nullable Process process;

  @AfterEach
  void end() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void theDemoServesEachModuleOfAFolderAndStopsWhenItIsTold() throws Exception {
    Path guests = Files.createDirectory(folder.resolve("guests"));
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Files.write(guests.resolve("first.wasm"), Guests.wasm("echo"));
    Files.write(guests.resolve("second.wasm"), TestServer.example("chat"));

    Process server = start(temporary, "--demo", guests.toString(), "--port", "0");
    BufferedReader output = server.inputReader(StandardCharsets.UTF_8);
    String line = String.valueOf(output.readLine());
    assertThat(line).matches("WASM-Sandbox is ready: http://localhost:\\d+/");
    URI rooms = URI.create(line.substring(line.indexOf("http")).replace("http", "ws"));
    Client first = open(rooms, "first");
    Client second = open(rooms, "second");
    assertThat(first.next().text()).startsWith("+");
    assertThat(second.next().text()).endsWith(" joined");

    server.toHandle().destroy(); // SIGTERM; by its handle, which leaves the output readable

    assertThat(first.closed()).isEqualTo(new Closed(1001, "the server is shutting down"));
    assertThat(second.closed()).isEqualTo(new Closed(1001, "the server is shutting down"));
    assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(output.readLine()).as("a second line of output").isNull();
    await()
        .untilAsserted(
            () -> {
              try (Stream<Path> left = Files.list(temporary)) {
                assertThat(left.filter(path -> path.toString().contains("sandbox-demo"))).isEmpty();
              }
            });
  }

  @Test
  void anUnknownSettingEndsTheCommandAndIsNamed() throws Exception {
    Path config = Files.writeString(folder.resolve("x.properties"), "sandbox.server.prot = 80\n");

    Process server = start(folder, "--config", config.toString());

    String complaint = new String(server.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(server.exitValue()).isEqualTo(2);
    assertThat(complaint)
        .contains("setting 'sandbox.server.prot' is unknown", "port")
        .doesNotContain("\tat ");
  }

  @Test
  void aFolderWithoutModulesEndsTheCommandAndIsNamed() throws Exception {
    Path empty = Files.createDirectory(folder.resolve("empty"));

    Process server = start(folder, "--demo", empty.toString(), "--port", "0");

    String complaint = new String(server.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(server.exitValue()).isEqualTo(2);
    assertThat(complaint).contains("has no *.wasm").doesNotContain("\tat ");
  }

  @Test
  void aPortThatIsTakenEndsTheCommandAndIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      Path config =
          Files.writeString(
              folder.resolve("x.properties"), "sandbox.store.filesystem.folder = modules\n");

      Process server = start(folder, "--config", config.toString(), "--port", port);

      String complaint = new String(server.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(server.exitValue()).isEqualTo(2);
      assertThat(complaint).contains("127.0.0.1:" + port, "--port").doesNotContain("\tat ");
    }
  }

  @Test
  void aStoreThatIsAwayEndsTheCommandAndIsNamed() throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("x.properties"),
            "sandbox.store.filesystem.folder = modules\nsandbox.kv = redis\nsandbox.kv.redis.uri = redis://127.0.0.1:1\n");

    Process server = start(folder, "--config", config.toString(), "--port", "0");

    String complaint = new String(server.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(server.exitValue()).isEqualTo(1);
    assertThat(complaint).contains("redis", "127.0.0.1:1").doesNotContain("\tat ");
  }

  @Test
  void aServerThatDoesNotStopIsEnded() throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("x.properties"),
            "sandbox.store.filesystem.folder = modules\nsandbox.functions = neverCloses\nsandbox.server.shutdown = 1s\n");
    Process server = start(folder, "--config", config.toString(), "--port", "0");
    BufferedReader output = server.inputReader(StandardCharsets.UTF_8);
    assertThat(output.readLine()).startsWith("WASM-Sandbox is ready: ");

    server.toHandle().destroy(); // SIGTERM

    assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(server.exitValue()).isEqualTo(LastResort.STATUS);
    assertThat(new String(server.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("has not stopped", "sandbox.server.shutdown");
  }

  private static Client open(URI rooms, String service) {
    return Client.open(HttpClient.newHttpClient(), rooms.resolve("/rooms/" + service + "/lobby"));
  }

  private Process start(Path temporary, String... arguments) throws IOException {
    process = ServerProcess.launch(folder, temporary, Map.of(), arguments);
    return process;
  }
}
