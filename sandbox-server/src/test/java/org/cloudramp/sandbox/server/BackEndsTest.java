package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.cloudramp.sandbox.testkit.servers.S3Front;
import org.cloudramp.sandbox.testkit.servers.S3Proxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same rooms on either kind of store, by settings alone: those that docs/operations.md shows.
 * Only the addresses, which cannot be those of the page, come from the environment.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class BackEndsTest {
  private static final Path PAGE = Path.of("../docs/operations.md");

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void theExamplesRunOnAFolderAndInMemory() throws Exception {
    Path settings = settingsThatBeginWith("sandbox.store = filesystem");

    try (ServerProcess server = start(settings, Map.of())) {
      upload(server);
      chat(server);
      count(server, "1", "2", "3");
      server.stop();
    }
    try (ServerProcess server = start(settings, Map.of())) {
      chat(server); // the modules are still there
      count(server, "1"); // and what was in memory is not
    }
  }

  @Test
  void theExamplesRunOnABucketAndRedisAndTheirStateOutlivesTheServer() throws Exception {
    Path settings = settingsThatBeginWith("sandbox.store = s3");
    try (S3Proxy s3 = S3Proxy.start();
        S3Front front = S3Front.before(s3.endpoint());
        RedisProcess redis = RedisProcess.start()) {
      s3.client().createBucket(create -> create.bucket("modules"));
      Map<String, String> addresses =
          Map.of(
              "SANDBOX_STORE_S3_ENDPOINT", front.endpoint().toString(),
              "SANDBOX_KV_REDIS_URI", redis.uri(),
              "AWS_ACCESS_KEY_ID", System.getProperty("aws.accessKeyId"),
              "AWS_SECRET_ACCESS_KEY", System.getProperty("aws.secretAccessKey"));

      try (ServerProcess server = start(settings, addresses)) {
        upload(server);
        chat(server);
        count(server, "1", "2", "3");
        server.stop();
      }
      try (ServerProcess server = start(settings, addresses)) {
        chat(server);
        count(server, "4", "5");
      }
    }
  }

  private ServerProcess start(Path settings, Map<String, String> environment) throws Exception {
    return ServerProcess.start(folder, environment, "--config", settings.toString());
  }

  private void upload(ServerProcess server) throws Exception {
    for (String example : List.of("chat", "counter")) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(server.uri().resolve("/api/services/" + example))
                  .header("Authorization", TestTokens.bearer(TestTokens.ADMIN))
                  .PUT(BodyPublishers.ofByteArray(TestServer.example(example)))
                  .build(),
              BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
  }

  private void chat(ServerProcess server) {
    try (Client ann = server.connect(http, "chat", "lobby")) {
      assertThat(ann.next().text()).endsWith(" joined");
      try (Client bob = server.connect(http, "chat", "lobby")) {
        assertThat(bob.next().text()).endsWith(" joined");
        bob.say("hello");
        assertThat(bob.next().text()).endsWith(": hello");
      }
      assertThat(ann.next().text()).endsWith(" joined");
      assertThat(ann.next().text()).endsWith(": hello");
      assertThat(ann.next().text()).endsWith(" left");
    }
  }

  private void count(ServerProcess server, String... expected) {
    try (Client ann = server.connect(http, "counter", "lobby")) {
      for (String number : expected) {
        ann.say("count");
        assertThat(ann.next().text()).isEqualTo(number);
      }
    }
  }

  /** The lines of the page, as they are, in a file. */
  private Path settingsThatBeginWith(String first) throws IOException {
    List<String> lines =
        Files.readAllLines(PAGE).stream()
            .dropWhile(line -> !line.equals(first))
            .takeWhile(line -> !line.equals("```"))
            .toList();
    assertThat(lines).as("settings that begin with '%s' in %s", first, PAGE).isNotEmpty();
    return Files.write(folder.resolve("sandbox.properties"), lines);
  }
}
