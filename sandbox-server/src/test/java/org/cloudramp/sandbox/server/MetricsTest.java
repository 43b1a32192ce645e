package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is counted, and what docs/operations.md says of it. */
@Timeout(120)
class MetricsTest {
  private static final Path PAGE = Path.of("../docs/operations.md");
  private static final Pattern ROW =
      Pattern.compile("\\| `(sandbox_\\w+)` \\| (\\w+) \\|\\s*([^|]*?)\\s*\\| [^|]+ \\|");
  private static final Pattern TYPE = Pattern.compile("# TYPE (\\w+) (\\w+)");
  private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  @TempDir Path store;
  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void theTableOfMetricsIsWhatAServerTellsAfterItHasRun() throws Exception {
    try (TestServer server = start()) {
      server.publish("echo", Guests.wasm("echo"));
      try (Client ann = server.join("echo", "lobby")) {
        ann.say("hello");
        assertThat(ann.next().text()).isEqualTo("hello");
      }
      server.awaitConnections(0);
      Map<String, String> told = new TreeMap<>();
      Set<String> others = new TreeSet<>();
      String text = scrape(server);
      types(text)
          .forEach(
              (name, kind) -> {
                if (name.startsWith("sandbox_")) {
                  told.put(name, kind + " " + labels(text, name));
                } else {
                  others.add(name.replaceFirst("_.*", "_"));
                }
              });

      assertThat(told).isEqualTo(documented());
      assertThat(others).containsExactly("jvm_", "process_", "system_");
    }
  }

  private static Map<String, String> documented() throws IOException {
    Map<String, String> rows = new TreeMap<>();
    for (String line : Files.readAllLines(PAGE)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        String labels =
            Arrays.stream(row.group(3).split(","))
                .map(label -> label.replace("`", "").strip())
                .filter(label -> !label.isEmpty())
                .sorted()
                .collect(Collectors.joining(", "));
        assertThat(rows.put(row.group(1), row.group(2) + " " + labels)).as(line).isNull();
      }
    }
    return rows;
  }

  private static Map<String, String> types(String text) {
    return text.lines()
        .map(TYPE::matcher)
        .filter(Matcher::matches)
        .collect(Collectors.toMap(type -> type.group(1), type -> type.group(2)));
  }

  private static String labels(String text, String name) {
    Set<String> labels = new TreeSet<>();
    text.lines()
        .map(SAMPLE::matcher)
        .filter(Matcher::matches)
        .filter(sample -> sample.group(1).replaceFirst("_(bucket|count|sum)$", "").equals(name))
        .filter(sample -> sample.group(2) != null)
        .forEach(
            sample ->
                LABEL.matcher(sample.group(2)).results().forEach(l -> labels.add(l.group(1))));
    labels.remove("le");
    return String.join(", ", labels);
  }

  @Test
  void hooksAreCountedByServiceAndOutcome() throws Exception {
    try (TestServer server = start()) {
      server.publish("echo", Guests.wasm("echo"));
      server.publish("counter", Guests.wasm("count"));
      try (Client ann = server.join("echo", "lobby");
          Client bob = server.connect("counter", "lobby")) {
        ann.say("one");
        ann.say("two");
        assertThat(ann.next(2)).hasSize(2);
        bob.say("1");
        assertThat(bob.next().bytes().size()).isEqualTo(8);
        bob.say("x"); // counts, and traps

        awaitCount(server, "sandbox_hooks_total", 1, "counter", "onMessage", "trapped");
        assertCount(server, "sandbox_hooks_total", 1, "counter", "onMessage", "completed");
        assertCount(server, "sandbox_hooks_total", 2, "echo", "onMessage", "completed");
        assertCount(server, "sandbox_hooks_total", 1, "echo", "onJoin", "completed");
        assertCount(server, "sandbox_hook_seconds_count", 2, "counter", "onMessage");
        assertCount(server, "sandbox_commit_seconds_count", 1, "committed");
        assertCount(server, "sandbox_kv_seconds_count", 1, "commit", "done");
        awaitCount(server, "sandbox_delivery_seconds_count", 4);
        assertCount(server, "sandbox_connections", 2);
        awaitCount(server, "sandbox_calls_pending", 0);
        assertCount(server, "sandbox_compile_seconds_count", 2, "done");
        assertCount(server, "sandbox_load_seconds_count", 2, "done");
      }
      awaitCount(server, "sandbox_connections_closed_total", 2, "1006");
      assertCount(server, "sandbox_connections_opened_total", 2);
    }
  }

  @Test
  void sessionsThatComeBackAreCountedByWhatBecomesOfThem() throws Exception {
    try (TestServer server = start("rooms.shared", "always", "kv.memory.logEntries", "4")) {
      server.publish("echo", Guests.wasm("echo"));
      try (SessionClient ann = session(server);
          SessionClient bob = session(server)) {
        ann.resume(server.offer("echo", "lobby", "sandbox.v1"));
        awaitCount(server, "sandbox_sessions_resumed_total", 1, "resumed");

        ann.socket().vanish();
        for (int i = 0; i < 20; i++) {
          bob.say("m" + i);
        }
        bob.await("m19");
        ann.resume(server.offer("echo", "lobby", "sandbox.v1"));
        assertThat(ann.beginning()).isEqualTo(2);
        awaitCount(server, "sandbox_sessions_resumed_total", 1, "missed");
        assertCount(server, "sandbox_sessions_resumed_total", 0, "denied");
      }
    }
  }

  private static SessionClient session(TestServer server) {
    SessionClient client =
        SessionClient.join(server.offer("echo", "lobby", "sandbox.v1", "cloudramp.join"));
    client.await("+" + client.id());
    return client;
  }

  @Test
  void nothingThatAStrangerChoosesBecomesALabel() throws Exception {
    try (TestServer server = start("server.management.services", "2")) {
      for (String service : new String[] {"a", "b", "c", "d"}) {
        server.publish(service, Guests.wasm("echo"));
        server.join(service, "lobby").close();
      }
      for (int i = 0; i < 5; i++) {
        assertThat(server.connect("made-up-" + i, "lobby").closed().code()).isEqualTo(4004);
      }
      try (Client leaver = server.join("a", "lobby")) {
        leaver.leave(4711, "a code of a stranger's");
        awaitCount(server, "sandbox_connections_closed_total", 1, "4xxx");
      }

      awaitCount(server, "sandbox_hooks_total", 5, "_other", "onJoin", "no_service");
      assertCount(server, "sandbox_hooks_total", 2, "_other", "onJoin", "completed");
      assertThat(scrape(server))
          .contains("service=\"a\"", "service=\"b\"")
          .doesNotContain("service=\"c\"", "service=\"d\"", "made-up", "code=\"4711\"");
    }
  }

  private TestServer start(String... more) {
    String[] settings = Arrays.copyOf(more, more.length + 2);
    settings[more.length] = "server.management.port";
    settings[more.length + 1] = "0";
    return TestServer.start(store, settings);
  }

  private void awaitCount(TestServer server, String name, int count, String... labels) {
    await()
        .atMost(TestServer.PATIENCE)
        .untilAsserted(() -> assertCount(server, name, count, labels));
  }

  /** Of the samples of that name that have all of these labels. */
  private void assertCount(TestServer server, String name, int count, String... labels)
      throws Exception {
    String text = scrape(server);
    double sum =
        text.lines()
            .map(SAMPLE::matcher)
            .filter(Matcher::matches)
            .filter(sample -> sample.group(1).equals(name))
            .filter(sample -> values(sample.group(2)).containsAll(Set.of(labels)))
            .mapToDouble(sample -> Double.parseDouble(sample.group(3)))
            .sum();
    assertThat(sum)
        .as("%s %s in%n%s", name, Arrays.toString(labels), text)
        .isEqualTo((double) count);
  }

  private static Set<String> values(String labels) {
    return labels == null
        ? Set.of()
        : LABEL.matcher(labels).results().map(l -> l.group(2)).collect(Collectors.toSet());
  }

  private String scrape(TestServer server) throws Exception {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(server.management().orElseThrow().resolve("/metrics"))
                .timeout(TestServer.PATIENCE)
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/plain;version=0.0.4");
    return answer.body();
  }
}
