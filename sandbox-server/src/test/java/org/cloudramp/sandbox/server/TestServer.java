package org.cloudramp.sandbox.server;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.config.Settings;
import org.cloudramp.sandbox.server.loop.LoopStatistics;

/** A server on a free port, with a store of its own, and clients for it. */
final class TestServer implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private final SandboxServer server;
  private final HttpClient http = HttpClient.newHttpClient();

  private TestServer(SandboxServer server) {
    this.server = server;
  }

  /** Starts with settings as on a command line, such as {@code "server.patience", "1s"}. */
  static TestServer start(Path store, String... settings) {
    Map<String, String> all = new TreeMap<>();
    all.put("server.port", "0");
    all.put("store.filesystem.folder", store.toString());
    all.put("server.tokens", TestTokens.adminEntry());
    for (int i = 0; i < settings.length; i += 2) {
      all.put(settings[i], settings[i + 1]);
    }
    return new TestServer(SandboxServer.of(Settings.of(all, Map.of(), Map.of())).start());
  }

  /** The bytes of an example room. */
  static byte[] example(String name) {
    try (InputStream wasm =
        Objects.requireNonNull(
            TestServer.class.getResourceAsStream("/guests/" + name + ".wasm"), name)) {
      return wasm.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void publish(String service, byte[] wasm) {
    server.sandbox().publish(new ServiceId(service), wasm);
  }

  /** Opens a WebSocket, whatever becomes of it. */
  Client connect(String service, String room, String... headers) {
    URI uri = server.uri().resolve("/rooms/" + service + "/" + room);
    return Client.open(http, URI.create("ws" + uri.toString().substring(4)), headers);
  }

  /** As above, and offers subprotocols, the one it likes best first. */
  Client offer(String service, String room, String... subprotocols) {
    URI uri = server.uri().resolve("/rooms/" + service + "/" + room);
    return Client.offer(http, URI.create("ws" + uri.toString().substring(4)), subprotocols);
  }

  /** Joins a room of a guest that says "+" and the id of everybody who comes, and learns its id. */
  Client join(String service, String room) {
    Client client = connect(service, room);
    client.learnId(client.next().text());
    return client;
  }

  /** The status of an upgrade that the server refuses. */
  int refusal(String service, String room, String... headers) {
    try {
      connect(service, room, headers).close();
      return 101;
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        return refused.getResponse().statusCode();
      }
      throw e;
    }
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sends a request whose answer may have no end: of one that is well begun, nothing is read. */
  HttpResponse<String> begin(HttpRequest.Builder request) {
    try {
      return http.send(
          request.build(),
          head ->
              head.statusCode() == 200
                  ? BodySubscribers.mapping(BodySubscribers.ofInputStream(), TestServer::left)
                  : BodySubscribers.ofString(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String left(InputStream body) {
    try {
      body.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "";
  }

  /** A request of somebody who may do everything. */
  HttpRequest.Builder request(String path) {
    return strangersRequest(path).header("Authorization", TestTokens.bearer(TestTokens.ADMIN));
  }

  /** A request of somebody who has no token. */
  HttpRequest.Builder strangersRequest(String path) {
    return HttpRequest.newBuilder(uri().resolve(path)).timeout(PATIENCE);
  }

  URI uri() {
    return server.uri();
  }

  /** Where it says how it is, if it does. */
  Optional<URI> management() {
    return server.managementUri();
  }

  /** What is in use of a budget, by its setting. */
  long used(String setting) {
    return Objects.requireNonNull(server.usage().get(setting), setting).used();
  }

  /** What each loop has done. */
  List<LoopStatistics> loops() {
    return server.loops();
  }

  /** How many turns have not returned, though their loops have gone on. */
  int overstaying() {
    return server.overstaying();
  }

  int connections() {
    return server.connections();
  }

  void awaitConnections(int number) {
    await().atMost(PATIENCE).until(() -> connections() == number);
  }

  @Override
  public void close() {
    server.close();
  }
}
