package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;

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
  private final RedisProcess redis;
  private final List<ServerProcess> servers = new ArrayList<>();

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
    RedisProcess.requireInstalled();
    this.folder = folder;
    this.guest = guest;
    this.redis = RedisProcess.start("--appendonly", "yes");
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
    all.put("SANDBOX_KV_REDIS_URI", redis.uri());
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
      upload(server);
    }
    return server;
  }

  private void upload(ServerProcess server) throws Exception {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(server.uri().resolve("/api/services/echo"))
                .header("Authorization", TestTokens.bearer(TestTokens.ADMIN))
                .PUT(BodyPublishers.ofByteArray(Guests.wasm(guest)))
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

  RedisProcess redis() {
    return redis;
  }

  @Override
  public void close() {
    servers.forEach(ServerProcess::close);
    redis.close();
  }
}
