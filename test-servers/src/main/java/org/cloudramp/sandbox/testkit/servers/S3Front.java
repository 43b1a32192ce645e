package org.cloudramp.sandbox.testkit.servers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands before the S3 server of the tests, for two reasons. It lets one request through at a time:
 * that server looks whether {@code If-Match} holds and then writes, so two writers at once may both
 * be told that they have won, which AWS and other servers exclude. And it can make faults.
 */
public final class S3Front implements AutoCloseable {
  /** Answers a request in the server's place. */
  public interface Fault {
    /** Whether the request was answered; otherwise it goes on to the server. */
    boolean answer(HttpExchange exchange) throws IOException;
  }

  private static final Fault NONE = exchange -> false;

  private final Forwarding forwarding;
  private final InetSocketAddress address;
  private HttpServer front;
  private volatile Fault fault = NONE;
  private final List<String> seen = new CopyOnWriteArrayList<>();

  private S3Front(URI server) throws IOException {
    this.forwarding = new Forwarding(server, HttpClient.newHttpClient());
    this.front = listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    this.address = front.getAddress();
  }

  private HttpServer listen(InetSocketAddress where) throws IOException {
    HttpServer http = HttpServer.create(where, 0);
    http.createContext("/", this::handle);
    http.start(); // without an executor: one request after the other
    return http;
  }

  public static S3Front before(URI server) {
    try {
      return new S3Front(server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + address.getPort());
  }

  /** From now on, asks {@code next} about each request. */
  public void fail(Fault next) {
    fault = next;
  }

  /** From now on, all is well. */
  public void recover() {
    fault = NONE;
  }

  /** From now on, nobody listens here. */
  public void goAway() {
    front.stop(0);
  }

  /** Listens again, at the same address. */
  public void comeBack() {
    try {
      front = listen(address);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The requests since the last call, such as {@code GET 304}; answered by the server only. */
  public List<String> seen() {
    List<String> copy = List.copyOf(seen);
    seen.clear();
    return copy;
  }

  /** Answers with an error of S3. */
  public static boolean error(HttpExchange exchange, int status, String code) throws IOException {
    exchange.getRequestBody().readAllBytes();
    String xml = "<Error><Code>%s</Code><Message>said the test</Message></Error>".formatted(code);
    byte[] body = xml.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/xml");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
    } else {
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
    exchange.close();
    return true;
  }

  /** What servers do that do not know aws-chunked, the SDK's way to sign a body piece by piece. */
  public static boolean refuseChunks(HttpExchange exchange) throws IOException {
    return isChunked(exchange) && error(exchange, 501, "NotImplemented");
  }

  /** Whether the body of a request is wrapped in aws-chunked. */
  public static boolean isChunked(HttpExchange exchange) {
    String hash = exchange.getRequestHeaders().getFirst("x-amz-content-sha256");
    String encoding = exchange.getRequestHeaders().getFirst("Content-Encoding");
    return (hash != null && hash.startsWith("STREAMING-"))
        || (encoding != null && encoding.contains("aws-chunked"));
  }

  /** Lets the server carry out a request, and answers that it is too busy. */
  public boolean carryOutAndFail(HttpExchange exchange) throws IOException {
    ask(exchange);
    return error(exchange, 503, "ServiceUnavailable");
  }

  @Override
  public void close() {
    front.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    if (!fault.answer(exchange)) {
      forward(exchange);
    }
  }

  private void forward(HttpExchange exchange) throws IOException {
    Forwarding.answer(exchange, ask(exchange));
    exchange.close();
  }

  /** With its header Host, which is signed; the build allows that to the client of the JDK. */
  private HttpResponse<byte[]> ask(HttpExchange exchange) throws IOException {
    HttpResponse<byte[]> response = forwarding.ask(exchange, header -> true, Map.of());
    seen.add(exchange.getRequestMethod() + " " + response.statusCode());
    return response;
  }
}
