package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.cloudramp.sandbox.server.Client.Closed;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.servers.WatchedProcess;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command, as a process of its own. */
@SuppressWarnings("StringConcatToTextBlock")
class ServerCommandTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir Path folder;
  private @Nullable WatchedProcess process;

  @AfterEach
  void end() {
    if (process != null) {
      process.close();
    }
  }

  @Test
  void theDemoServesEachModuleOfAFolderAndStopsWhenItIsTold() throws Exception {
    Path guests = Files.createDirectory(folder.resolve("guests"));
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Files.write(guests.resolve("first.wasm"), Guests.wasm("echo"));
    Files.write(guests.resolve("second.wasm"), TestServer.example("chat"));

    WatchedProcess server = start(temporary, "--demo", guests.toString(), "--port", "0");
    URI uri = ServerProcess.awaitReady(server);
    assertThat(uri.toString()).matches("http://localhost:\\d+/");
    URI rooms = URI.create(uri.toString().replace("http", "ws"));
    Client first = open(rooms, "first");
    Client second = open(rooms, "second");
    assertThat(first.next().text()).startsWith("+");
    assertThat(second.next().text()).endsWith(" joined");

    server
        .process()
        .toHandle()
        .destroy(); // SIGTERM; by its handle, which leaves the output readable

    assertThat(first.closed()).isEqualTo(new Closed(1001, "the server is shutting down"));
    assertThat(second.closed()).isEqualTo(new Closed(1001, "the server is shutting down"));
    server.awaitEnd(PATIENCE);
    String token = server.output().get(0).replaceFirst("^token: ", "");
    assertThat(token).matches("sbx_[A-Za-z0-9_-]{43}");
    assertThat(server.output())
        .containsExactly(
            "token: " + token,
            "page that has it: " + uri + "#token=" + token,
            "WASM-Sandbox is ready: " + uri);
    await()
        .untilAsserted(
            () -> {
              try (Stream<Path> left = Files.list(temporary)) {
                assertThat(left.filter(path -> path.toString().contains("sandbox-demo"))).isEmpty();
              }
            });
  }

  @Test
  void theTokenOfADemoCanBeChosenAndOpensItsApi() throws Exception {
    Path guests = Files.createDirectory(folder.resolve("guests"));
    Files.write(guests.resolve("first.wasm"), Guests.wasm("echo"));
    String chosen = "chosen-for-a-demo";
    process =
        ServerProcess.launch(
            folder,
            folder,
            Map.of("SANDBOX_TOKEN", chosen, "SANDBOX_SERVER_TOKENS", ""),
            "--demo",
            guests.toString(),
            "--port",
            "0");
    URI uri = ServerProcess.awaitReady(process);

    assertThat(statusOf(uri, chosen)).isEqualTo(200);
    assertThat(statusOf(uri, TestTokens.ADMIN)).isEqualTo(401);
    assertThat(process.output()).contains("token: " + chosen);
  }

  private static int statusOf(URI server, String token) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(server.resolve("/api/services/first"))
                .header("Authorization", TestTokens.bearer(token))
                .build(),
            BodyHandlers.discarding())
        .statusCode();
  }

  @Test
  void aTokenOfADemoThatIsEasilyGuessedEndsTheCommandAndIsNotRepeated() throws Exception {
    process =
        ServerProcess.launch(
            folder, folder, Map.of("SANDBOX_TOKEN", "hunter2"), "--demo", folder.toString());

    String complaint = process.awaitEnd(PATIENCE);
    assertThat(process.process().exitValue()).isEqualTo(2);
    assertThat(complaint).contains("SANDBOX_TOKEN").doesNotContain("hunter2", "\tat ");
  }

  @Test
  void aServerWithoutATokenDoesNotStartAndSaysHowToMakeOne() throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("x.properties"), "sandbox.store.filesystem.folder = modules\n");

    process =
        ServerProcess.launch(
            folder,
            folder,
            Map.of("SANDBOX_SERVER_TOKENS", ""),
            "--config",
            config.toString(),
            "--port",
            "0");

    String complaint = process.awaitEnd(PATIENCE);
    assertThat(process.process().exitValue()).isEqualTo(2);
    assertThat(complaint)
        .contains("no token", "sandbox-server token create", "sandbox.server.tokenFile")
        .doesNotContain("\tat ");
  }

  @Test
  void anUnknownSettingEndsTheCommandAndIsNamed() throws Exception {
    Path config = Files.writeString(folder.resolve("x.properties"), "sandbox.server.prot = 80\n");

    WatchedProcess server = start(folder, "--config", config.toString());

    String complaint = server.awaitEnd(PATIENCE);
    assertThat(server.process().exitValue()).isEqualTo(2);
    assertThat(complaint)
        .contains("setting 'sandbox.server.prot' is unknown", "port")
        .doesNotContain("\tat ");
  }

  @Test
  void theSettingsAreExplainedWithoutAServer() throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("x.properties"),
            "sandbox.store.filesystem.folder = modules\nsandbox.slots = 12\n");

    process =
        ServerProcess.launch(
            folder,
            folder,
            Map.of("SANDBOX_PORT", "tcp://10.0.0.1:8080"),
            "config",
            "check",
            "--config",
            config.toString());

    process.awaitEnd(PATIENCE);
    assertThat(process.process().exitValue()).isZero();
    assertThat(process.output())
        .anySatisfy(
            line ->
                assertThat(line).matches("sandbox.slots +  = 12   \\(.*x.properties, line 2\\)"))
        .anySatisfy(line -> assertThat(line).startsWith("ignored:").contains("SANDBOX_PORT"))
        .noneSatisfy(line -> assertThat(line).startsWith("wrong:"));
    assertThat(folder.resolve("modules")).doesNotExist();
  }

  @Test
  void settingsThatAreWrongEndTheirExplanationWithOne() throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("x.properties"), "sandbox.slots = many\nsandbox.server.ping = soon\n");

    WatchedProcess check = start(folder, "config", "check", "--config", config.toString());

    check.awaitEnd(PATIENCE);
    assertThat(check.process().exitValue()).isEqualTo(1);
    assertThat(check.output())
        .anySatisfy(line -> assertThat(line).startsWith("wrong:").contains("slots", "many"))
        .anySatisfy(line -> assertThat(line).startsWith("wrong:").contains("ping", "soon"))
        .anySatisfy(line -> assertThat(line).startsWith("wrong:").contains("folder", "missing"));
  }

  @Test
  void aFolderWithoutModulesEndsTheCommandAndIsNamed() throws Exception {
    Path empty = Files.createDirectory(folder.resolve("empty"));

    WatchedProcess server = start(folder, "--demo", empty.toString(), "--port", "0");

    String complaint = server.awaitEnd(PATIENCE);
    assertThat(server.process().exitValue()).isEqualTo(2);
    assertThat(complaint).contains("has no *.wasm").doesNotContain("\tat ");
  }

  @Test
  void aModuleThatCannotBeServedEndsTheCommandAndItsFileIsNamed() throws Exception {
    Path guests = Files.createDirectory(folder.resolve("guests"));
    Path badName = Files.write(guests.resolve("Bad Name.wasm"), Guests.wasm("echo"));
    assertDemoRefuses(guests, "'" + badName + "'", "[a-z0-9]");
    Files.delete(badName);

    Path broken = Files.writeString(guests.resolve("broken.wasm"), "garbage");
    assertDemoRefuses(guests, "'" + broken + "'", "this is not a WebAssembly module");
    Files.delete(broken);

    Path unreadable = Files.createDirectory(guests.resolve("unreadable.wasm"));
    assertDemoRefuses(guests, "'" + unreadable + "'", "cannot be read");
  }

  private void assertDemoRefuses(Path guests, String... words) throws Exception {
    WatchedProcess server = start(folder, "--demo", guests.toString(), "--port", "0");
    String complaint = server.awaitEnd(PATIENCE);
    assertThat(server.process().exitValue()).isEqualTo(2);
    assertThat(complaint).contains(words).doesNotContain("\tat ");
    server.close();
  }

  @Test
  void aTemporaryFolderThatIsNoneEndsTheDemoAndIsNamed() throws Exception {
    Path guests = Files.createDirectory(folder.resolve("guests"));
    Path absent = folder.resolve("absent");

    WatchedProcess server = start(absent, "--demo", guests.toString(), "--port", "0");

    String complaint = server.awaitEnd(PATIENCE);
    assertThat(complaint).contains("'" + absent + "' (java.io.tmpdir)").doesNotContain("\tat ");
  }

  @Test
  void aHostThatCannotBeFoundEndsTheCommandAndIsNamed() throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("x.properties"),
            "sandbox.store.filesystem.folder = modules\nsandbox.server.host = host.invalid\n");

    WatchedProcess server = start(folder, "--config", config.toString(), "--port", "0");

    assertThat(server.awaitEnd(PATIENCE))
        .contains("host.invalid:0", "there is no such host")
        .doesNotContain("\tat ");
  }

  @Test
  void aPortThatIsTakenEndsTheCommandAndIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      Path config =
          Files.writeString(
              folder.resolve("x.properties"), "sandbox.store.filesystem.folder = modules\n");

      WatchedProcess server = start(folder, "--config", config.toString(), "--port", port);

      String complaint = server.awaitEnd(PATIENCE);
      assertThat(server.process().exitValue()).isEqualTo(2);
      assertThat(complaint).contains("127.0.0.1:" + port, "--port").doesNotContain("\tat ");
    }
  }

  @Test
  void aStoreThatIsAwayEndsTheCommandAndIsNamed() throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("x.properties"),
            "sandbox.store.filesystem.folder = modules\n"
                + "sandbox.kv = redis\n"
                + "sandbox.kv.redis.uri = redis://127.0.0.1:1\n"
                + "sandbox.startTimeout = 100ms\n");

    WatchedProcess server = start(folder, "--config", config.toString(), "--port", "0");

    String complaint = server.awaitEnd(PATIENCE);
    assertThat(server.process().exitValue()).isEqualTo(1);
    assertThat(complaint).contains("redis", "127.0.0.1:1", "startTimeout").doesNotContain("\tat ");
  }

  @Test
  void aServerThatDoesNotStopIsEnded() throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("x.properties"),
            "sandbox.store.filesystem.folder = modules\n"
                + "sandbox.functions = neverCloses\n"
                + "sandbox.server.shutdown = 1s\n");
    WatchedProcess server = start(folder, "--config", config.toString(), "--port", "0");
    URI unused = ServerProcess.awaitReady(server);

    server.process().toHandle().destroy(); // SIGTERM

    String complaint = server.awaitEnd(PATIENCE);
    assertThat(server.process().exitValue()).isEqualTo(LastResort.STATUS);
    assertThat(complaint).contains("has not stopped", "sandbox.server.shutdown");
  }

  private static Client open(URI rooms, String service) {
    return Client.open(HttpClient.newHttpClient(), rooms.resolve("/rooms/" + service + "/lobby"));
  }

  private WatchedProcess start(Path temporary, String... arguments) throws IOException {
    process = ServerProcess.launch(folder, temporary, Map.of(), arguments);
    return process;
  }
}
