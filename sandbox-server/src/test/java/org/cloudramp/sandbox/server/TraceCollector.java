package org.cloudramp.sandbox.server;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** A collector that takes traces as OTLP has it: protobuf in the bodies of HTTP requests. */
final class TraceCollector implements AutoCloseable {
  private final HttpServer http;
  private final List<ExportTraceServiceRequest> requests = new CopyOnWriteArrayList<>();
  private final List<Map<String, List<String>>> headers = new CopyOnWriteArrayList<>();
  private final int status;

  TraceCollector() throws IOException {
    this(200);
  }

  /** One that answers with this status. */
  TraceCollector(int status) throws IOException {
    this.status = status;
    this.http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext("/v1/traces", this::take);
    http.start();
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      headers.add(Map.copyOf(exchange.getRequestHeaders()));
      requests.add(ExportTraceServiceRequest.parseFrom(exchange.getRequestBody()));
      exchange.sendResponseHeaders(status, -1);
    }
  }

  /** Settings with which a server tells it of all calls. */
  String[] settings(String... more) {
    return java.util.stream.Stream.concat(
            java.util.stream.Stream.of(
                "server.tracing.endpoint",
                endpoint(),
                "server.tracing.oneIn",
                "1",
                "server.tracing.every",
                "50ms"),
            java.util.Arrays.stream(more))
        .toArray(String[]::new);
  }

  String endpoint() {
    return "http://127.0.0.1:" + http.getAddress().getPort() + "/v1/traces";
  }

  /** What all requests were. */
  List<ExportTraceServiceRequest> requests() {
    return requests;
  }

  /** With which headers they came. */
  List<Map<String, List<String>>> headers() {
    return headers;
  }

  /** All spans so far, by when they began. */
  List<Span> spans() {
    return requests.stream()
        .flatMap(request -> request.getResourceSpansList().stream())
        .flatMap(ofResource -> ofResource.getScopeSpansList().stream())
        .flatMap(ofScope -> ofScope.getSpansList().stream())
        .sorted(Comparator.comparingLong(Span::getStartTimeUnixNano))
        .toList();
  }

  /** The spans of the first trace whose first span has this name, when that has ended. */
  List<Span> awaitTrace(String root) {
    return await().atMost(TestServer.PATIENCE).until(() -> trace(root), spans -> !spans.isEmpty());
  }

  private List<Span> trace(String root) {
    List<Span> all = spans();
    return all.stream()
        .filter(span -> span.getName().equals(root))
        .findFirst()
        .map(
            first ->
                all.stream().filter(span -> span.getTraceId().equals(first.getTraceId())).toList())
        .orElse(List.of());
  }

  static String hex(ByteString id) {
    return HexFormat.of().formatHex(id.toByteArray());
  }

  /** Its attributes as text. */
  static Map<String, String> attributes(Span span) {
    return span.getAttributesList().stream()
        .collect(
            Collectors.toMap(
                attribute -> attribute.getKey(),
                attribute ->
                    attribute.getValue().hasStringValue()
                        ? attribute.getValue().getStringValue()
                        : String.valueOf(attribute.getValue().getIntValue())));
  }

  /** Listens no more. */
  void goAway() {
    http.stop(0);
  }

  @Override
  public void close() {
    goAway();
  }
}
