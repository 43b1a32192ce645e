package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.jspecify.annotations.Nullable;

/**
 * Servers, each the command that users run, with one folder of modules and one Redis between them;
 * its rooms are those of the service {@code echo}, whichever code that has.
 */
final class ServersOnRedis implements AutoCloseable {
  /** Whether drills are as large as they are meant to be: not with every build. */
  static final boolean LARGE = System.getProperty("drills", "").equals("long");

  private final Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private final String guest;
  private final @Nullable RedisProcess own;
  private final String uri;
  private final List<ServerProcess> servers = new ArrayList<>();

  private ServersOnRedis(Path folder, String guest, String uri, @Nullable RedisProcess own) {
    this.folder = folder;
    this.guest = guest;
    this.uri = uri;
    this.own = own;
  }

  private ServersOnRedis(Path folder, String guest, RedisProcess own) {
    this(folder, guest, own.uri(), own);
  }

  /** No server yet; skips the test if there is no Redis to be had. */
  ServersOnRedis(Path folder) {
    this(folder, "echo");
  }

  /**
   * As above.
   *
   * @param guest of the testkit
   */
  ServersOnRedis(Path folder, String guest) {
    this(folder, guest, RedisProcess.start("--appendonly", "yes"));
  }

  /** No server yet; the Redis is there, and ended by whoever has started it. */
  static ServersOnRedis at(String uri, Path folder) {
    return new ServersOnRedis(folder, "echo", uri, null);
  }

  /** For what takes as long as servers do to find out about each other. */
  static ConditionFactory patiently() {
    return Awaitility.await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(100));
  }

  /** What a server is told by its environment. */
  Map<String, String> environment(Map<String, String> more) {
    Map<String, String> all = new TreeMap<>(more);
    all.put("SANDBOX_STORE_FILESYSTEM_FOLDER", folder.resolve("modules").toString());
    all.put("SANDBOX_KV", "redis");
    all.put("SANDBOX_KV_REDIS_URI", uri);
    all.put("SANDBOX_SERVER_PATIENCE", "60s");
    all.put("JAVA_TOOL_OPTIONS", "-Xmx256m");
    return all;
  }

  ServerProcess start() throws Exception {
    return start(Map.of());
  }

  /** One more server; the first is given the room's code. */
  ServerProcess start(Map<String, String> more) throws Exception {
    ServerProcess server = ServerProcess.start(folder, environment(more));
    servers.add(server);
    if (servers.size() == 1) {
      publish("echo", guest);
    }
    return server;
  }

  /** Uploads a guest of the testkit as a service. */
  void publish(String service, String code) throws Exception {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(get(0).uri().resolve("/api/services/" + service))
                .header("Authorization", TestTokens.bearer(TestTokens.ADMIN))
                .PUT(BodyPublishers.ofByteArray(Guests.wasm(code)))
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  /** A server, in the order in which they were started. */
  ServerProcess get(int index) {
    return servers.get(index);
  }

  HttpClient http() {
    return http;
  }

  /** That of these servers alone. */
  RedisProcess redis() {
    return Objects.requireNonNull(own);
  }

  /** Opens a WebSocket that offers to speak {@code sandbox.v1}. */
  Client offer(ServerProcess server, String service, String room) {
    URI rooms = URI.create(server.uri().toString().replaceFirst("http", "ws"));
    return Client.offer(http, rooms.resolve("/rooms/" + service + "/" + room), "sandbox.v1");
  }

  @Override
  public void close() {
    servers.forEach(ServerProcess::close);
    if (own != null) {
      own.close();
    }
  }
}
