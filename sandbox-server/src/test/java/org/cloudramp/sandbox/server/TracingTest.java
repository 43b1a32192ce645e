package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What a collector is told of calls, by a server and over HTTP. */
@Timeout(120)
class TracingTest {
  private static final String ASKER = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String ITS_SPAN = "00f067aa0ba902b7";
  private static final String SECRET = "a-secret-of-the-collector";

  @TempDir Path store;

  @ParameterizedTest
  @CsvSource({"loop, never", "workers, never", "loop, always", "workers, always"})
  void aMessageIsOneTraceWithASpanForEachOfItsStepsInTheirOrder(String delivery, String shared)
      throws Exception {
    byte[] counter = TestServer.example("counter");
    try (TraceCollector collector = new TraceCollector();
        TestServer server =
            TestServer.start(
                store, collector.settings("server.delivery", delivery, "rooms.shared", shared))) {
      server.publish("counter", counter);
      try (Client ann = server.connect("counter", "lobby")) {
        ann.say("a text of a user");
        assertThat(ann.next().text()).isEqualTo("1");

        List<Span> trace = collector.awaitTrace("message");

        Span message = named(trace, "message");
        assertThat(message.getParentSpanId().isEmpty()).isTrue();
        assertThat(message.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
        assertThat(children(trace, message))
            .containsExactly("queue", "onMessage", "commit", "delivery");
        assertThat(children(trace, named(trace, "onMessage")))
            .containsExactly("kv.increment", "conn.send");
        assertThat(trace).hasSize(7);
        assertThat(trace).allSatisfy(span -> assertThat(isWithin(span, message)).isTrue());
        assertEachEndsBeforeTheNextBegins(trace, message);
        assertThat(TraceCollector.attributes(message))
            .containsEntry("sandbox.service", "counter")
            .containsEntry("sandbox.version", Digest.of(counter).hex())
            .containsEntry("sandbox.outcome", "completed")
            .containsEntry("sandbox.bytes", "16")
            .containsOnlyKeys(
                "sandbox.service",
                "sandbox.version",
                "sandbox.connection",
                "sandbox.outcome",
                "sandbox.bytes");
        assertThat(collector.requests().toString())
            .contains("sandbox-server")
            .doesNotContain("a text of a user", "lobby");
      }
    }
  }

  private static Span named(List<Span> trace, String name) {
    return trace.stream().filter(span -> span.getName().equals(name)).findFirst().orElseThrow();
  }

  private static List<String> children(List<Span> trace, Span parent) {
    return trace.stream()
        .filter(span -> span.getParentSpanId().equals(parent.getSpanId()))
        .map(Span::getName)
        .toList();
  }

  private static boolean isWithin(Span span, Span whole) {
    return span.getStartTimeUnixNano() >= whole.getStartTimeUnixNano()
        && span.getEndTimeUnixNano() <= whole.getEndTimeUnixNano();
  }

  private static void assertEachEndsBeforeTheNextBegins(List<Span> trace, Span parent) {
    List<Span> steps =
        trace.stream().filter(span -> span.getParentSpanId().equals(parent.getSpanId())).toList();
    for (int i = 1; i < steps.size(); i++) {
      assertThat(steps.get(i).getStartTimeUnixNano())
          .as(steps.get(i).getName())
          .isGreaterThanOrEqualTo(steps.get(i - 1).getEndTimeUnixNano());
    }
  }

  @Test
  void whoComesAndGoesIsFollowedAndTheFirstOfAServiceWaitsForItsModule() throws Exception {
    try (TraceCollector collector = new TraceCollector();
        TestServer server =
            TestServer.start(store, collector.settings("preload", "0", "codeMemory", "0"))) {
      server.publish("echo", Guests.wasm("echo"));
      try (Client ann = server.join("echo", "lobby")) {
        List<Span> join = collector.awaitTrace("join");
        assertThat(children(join, named(join, "join")))
            .containsExactly("queue", "load", "onJoin", "delivery");
        ann.leave(1000, "");
      }
      List<Span> leave = collector.awaitTrace("leave");
      assertThat(children(leave, named(leave, "leave"))).startsWith("queue");
    }
  }

  @Test
  void aTimerThatFiresIsATraceOfItsOwn() throws Exception {
    try (TraceCollector collector = new TraceCollector();
        TestServer server = TestServer.start(store, collector.settings())) {
      server.publish("auction", TestServer.example("auction"));
      try (Client ann = server.connect("auction", "hall")) {
        ann.say("{\"type\":\"open\",\"item\":\"a vase\",\"price\":1,\"seconds\":1}");

        List<Span> trace = collector.awaitTrace("timer");

        Span timer = named(trace, "timer");
        assertThat(timer.getParentSpanId().isEmpty()).isTrue();
        assertThat(children(trace, timer))
            .containsExactly("queue", "onTimer", "commit", "delivery");
        assertThat(TraceCollector.attributes(timer))
            .containsEntry("sandbox.service", "auction")
            .containsEntry("sandbox.outcome", "completed")
            .doesNotContainKey("sandbox.connection");
        assertThat(collector.requests().toString()).doesNotContain("a vase", "hall");
      }
    }
  }

  @Test
  void aHookThatFailsIsAnErrorWithAWordAndWithoutItsMessage() throws Exception {
    try (TraceCollector collector = new TraceCollector();
        TestServer server = TestServer.start(store, collector.settings())) {
      server.publish("trap", Guests.wasm("trap"));
      try (Client ann = server.connect("trap", "lobby")) {
        ann.say("u");
        List<Span> trace = collector.awaitTrace("message");
        Span message = named(trace, "message");

        assertThat(children(trace, message))
            .containsExactly("queue", "onMessage", "onError", "delivery");
        assertThat(message.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        assertThat(message.getStatus().getMessage()).isEmpty();
        assertThat(TraceCollector.attributes(message)).containsEntry("sandbox.outcome", "trapped");
        assertThat(named(trace, "onMessage").getStatus().getCode())
            .isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        assertThat(message.getEventsCount()).isZero();
      }
    }
  }

  @Test
  void aRequestBecomesAPartOfTheTraceOfItsAskerIfThatIsRecorded() throws Exception {
    try (TraceCollector collector = new TraceCollector();
        TestServer server =
            TestServer.start(store, collector.settings("server.tracing.oneIn", "1000000000"))) {
      server.publish("board", TestServer.example("noticeboard"));
      ask(server, "00-" + "a".repeat(32) + "-" + ITS_SPAN + "-00"); // not recorded
      ask(server, "00-" + ASKER + "-" + ITS_SPAN + "-01");

      List<Span> trace = collector.awaitTrace("request");
      Span request = named(trace, "request");
      assertThat(TraceCollector.hex(request.getTraceId())).isEqualTo(ASKER);
      assertThat(TraceCollector.hex(request.getParentSpanId())).isEqualTo(ITS_SPAN);
      assertThat(children(trace, request))
          .containsExactly("queue", "onRequest", "commit", "delivery");
      assertThat(collector.spans())
          .allSatisfy(span -> assertThat(TraceCollector.hex(span.getTraceId())).isEqualTo(ASKER));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-and-more"
      })
  void aTraceparentThatReadsWrongIsAsIfThereWereNone(String traceparent) throws Exception {
    try (TraceCollector collector = new TraceCollector();
        TestServer server = TestServer.start(store, collector.settings())) {
      server.publish("board", TestServer.example("noticeboard"));
      ask(server, traceparent);

      Span request = named(collector.awaitTrace("request"), "request");
      assertThat(request.getParentSpanId().isEmpty()).isTrue();
      assertThat(TraceCollector.hex(request.getTraceId())).isNotEqualTo(ASKER);
    }
  }

  private static void ask(TestServer server, String traceparent) {
    int status =
        server
            .send(
                server
                    .strangersRequest("/rooms/board/lobby/notices")
                    .header("traceparent", traceparent)
                    .header("tracestate", "vendor=a-text-of-a-user")
                    .POST(BodyPublishers.ofString("{\"title\":\"sold\"}")))
            .statusCode();
    assertThat(status).isEqualTo(201);
  }

  @Test
  void servicesThatAStrangerHasMadeUpHaveNoNameInTraces() throws Exception {
    try (TraceCollector collector = new TraceCollector();
        TestServer server = TestServer.start(store, collector.settings())) {
      assertThat(server.connect("made-up", "lobby").closed().code()).isEqualTo(4004);

      Span join = named(collector.awaitTrace("join"), "join");
      assertThat(TraceCollector.attributes(join))
          .containsEntry("sandbox.service", "_other")
          .containsEntry("sandbox.outcome", "no_service");
      assertThat(collector.requests().toString()).doesNotContain("made-up");
    }
  }

  @Test
  void theCollectorIsSentTheHeadersThatTheOperatorHasSet() throws Exception {
    try (TraceCollector collector = new TraceCollector();
        TestServer server =
            TestServer.start(
                store,
                collector.settings(
                    "server.tracing.headers",
                    "Authorization=Bearer " + SECRET + "; X-Tenant=rooms",
                    "server.tracing.service",
                    "rooms-eu"))) {
      server.publish("echo", Guests.wasm("echo"));
      server.join("echo", "lobby").close();

      collector.awaitTrace("join");
      Map<String, List<String>> headers = collector.headers().get(0);
      assertThat(headers.get("Authorization")).containsExactly("Bearer " + SECRET);
      assertThat(headers.get("X-tenant")).containsExactly("rooms");
      assertThat(headers.get("Content-type")).containsExactly("application/x-protobuf");
      assertThat(collector.requests().get(0).getResourceSpans(0).getResource().toString())
          .contains("rooms-eu");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"away", "401"})
  void aCollectorThatTakesNothingCostsALineAMinuteAndNoMessage(String how) throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger("org.cloudramp.sandbox.server.tracing");
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try (TraceCollector collector = new TraceCollector(401)) {
      if (how.equals("away")) {
        collector.goAway();
      }
      try (TestServer server =
          TestServer.start(
              store,
              collector.settings(
                  "server.management.port",
                  "0",
                  "server.tracing.headers",
                  "Authorization=Bearer " + SECRET))) {
        server.publish("echo", Guests.wasm("echo"));
        try (Client ann = server.join("echo", "lobby")) {
          for (int i = 0; i < 3; i++) {
            double before = spans(server, "lost");
            ann.say("still here");
            assertThat(ann.next().text()).isEqualTo("still here");
            await().atMost(TestServer.PATIENCE).until(() -> spans(server, "lost") > before);
          }
        }
        assertThat(spans(server, "sent")).isZero();
      }
      List<String> said = lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
      assertThat(said)
          .singleElement()
          .asString()
          .contains("sandbox.server.tracing.endpoint", collector.endpoint())
          .contains(how.equals("away") ? "ConnectException" : "has refused them")
          .doesNotContain(SECRET);
    } finally {
      logger.detachAppender(lines);
    }
  }

  private static double spans(TestServer server, String outcome) {
    String text =
        server
            .send(
                java.net.http.HttpRequest.newBuilder(
                    server.management().orElseThrow().resolve("/metrics")))
            .body();
    return text.lines()
        .filter(line -> line.startsWith("sandbox_spans_total{outcome=\"" + outcome + "\"}"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void whatWaitsIsSentWhenTheServerStops() throws Exception {
    try (TraceCollector collector = new TraceCollector()) {
      try (TestServer server =
          TestServer.start(store, collector.settings("server.tracing.every", "1h"))) {
        server.publish("echo", Guests.wasm("echo"));
        server.join("echo", "lobby").close();
        server.awaitConnections(0);
        assertThat(collector.requests()).isEmpty();
      }
      assertThat(collector.spans().stream().map(Span::getName).collect(Collectors.toSet()))
          .contains("join", "leave");
    }
  }

  /** Not in this process, in which other tests have loaded it. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void withoutACollectorNothingOfOpenTelemetryIsLoaded(boolean isOn) throws Exception {
    Path loaded = store.resolve("classes.txt");
    Map<String, String> environment =
        new TreeMap<>(
            Map.of(
                "JDK_JAVA_OPTIONS",
                "-Xlog:class+load:file=" + loaded,
                "SANDBOX_STORE_FILESYSTEM_FOLDER",
                store.toString()));
    if (isOn) {
      environment.put("SANDBOX_SERVER_TRACING_ENDPOINT", "http://127.0.0.1:1/v1/traces");
    }
    try (ServerProcess server = ServerProcess.start(store, environment)) {
      server.stop();
    }

    List<String> classes = Files.readAllLines(loaded);
    assertThat(classes)
        .anyMatch(line -> line.contains("org.cloudramp.sandbox.server.SandboxServer"));
    assertThat(classes.stream().anyMatch(line -> line.contains(" io.opentelemetry.")))
        .isEqualTo(isOn);
  }
}
