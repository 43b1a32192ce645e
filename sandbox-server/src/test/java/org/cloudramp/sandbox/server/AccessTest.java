package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.server.token.Token;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may do what at which route, and who learns what of being refused. */
class AccessTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PAGE = Path.of("../docs/operations.md");

  private static final String DEPLOYS_CHAT = Token.generate();
  private static final String READS_CHAT = Token.generate();
  private static final String READS_ALL = Token.generate();
  private static final String DEPLOYS_OTHER = Token.generate();
  private static final String EXPIRED = Token.generate();
  private static final String LATER = Token.generate();

  private static final String SOURCE_MAP = "/source-map";
  private static final String MAP =
      "{\"version\":3,\"sources\":[\"assembly/index.ts\"],\"names\":[],\"mappings\":\"AAAA\"}";
  private static final String ECHO = Digest.of(Guests.wasm("echo")).hex();

  @TempDir Path folder;
  private Path file;
  private TestServer server;

  /** Somebody who is in a room of the service. */
  private Client member;

  @BeforeEach
  void start() throws IOException {
    file = folder.resolve("tokens");
    Files.write(
        file,
        List.of(
            "# who may do what",
            TestTokens.entry("deploys-chat", DEPLOYS_CHAT, null, "deploy:chat"),
            TestTokens.entry("reads-chat", READS_CHAT, null, "read:chat"),
            "",
            TestTokens.entry("reads-all", READS_ALL, null, "read:*") + " # for the dashboard",
            TestTokens.entry("deploys-other", DEPLOYS_OTHER, null, "deploy:other", "read:other"),
            TestTokens.entry("expired", EXPIRED, Instant.now().minusSeconds(1), "admin"),
            TestTokens.entry("later", LATER, Instant.now().plusSeconds(86_400), "admin")));
    server =
        TestServer.start(
            folder.resolve("modules"),
            "server.tokenFile",
            file.toString(),
            "server.metering.services",
            "1",
            "record.chat",
            "on");
    server.publish("chat", Guests.wasm("echo"));
    server.publish("chat", Guests.wasm("trap"));
    server.send(
        server
            .request("/api/services/chat/versions/" + ECHO + SOURCE_MAP)
            .PUT(BodyPublishers.ofString(MAP)));
    member = server.connect("chat", "lobby");
    member.say("I am in");
    member.await("I am in");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** A route: its method, its path, the token with the least scope that may use it. */
  private record Route(String method, String path, String least) {}

  /** All there are: see {@link #everyRouteThatThereIsIsDocumentedAndTriedHere}. */
  static Stream<Route> routes() {
    return Stream.of(
        new Route("PUT", "/api/services/chat", DEPLOYS_CHAT),
        new Route("GET", "/api/services/chat", READS_CHAT),
        new Route("POST", "/api/services/chat/rollback", DEPLOYS_CHAT),
        new Route("POST", "/api/services/chat/activate/" + ECHO, DEPLOYS_CHAT),
        new Route("GET", "/api/services/chat/versions/" + ECHO, READS_CHAT),
        new Route("GET", "/api/services/chat/versions/" + ECHO + SOURCE_MAP, READS_CHAT),
        new Route("PUT", "/api/services/chat/versions/" + ECHO + SOURCE_MAP, DEPLOYS_CHAT),
        new Route("POST", "/api/services/chat/lift", DEPLOYS_CHAT),
        new Route("GET", "/api/services/chat/quarantine", READS_CHAT),
        new Route("POST", "/api/services/chat/quarantine/" + ECHO, DEPLOYS_CHAT),
        new Route("DELETE", "/api/services/chat", LATER),
        new Route("GET", "/api/services/chat/limits", READS_CHAT),
        new Route("GET", "/api/services/chat/permissions", READS_CHAT),
        new Route("GET", "/api/services/chat/faults", READS_CHAT),
        new Route("GET", "/api/services/chat/hooks", READS_CHAT),
        new Route("GET", "/api/services/chat/events", READS_CHAT),
        new Route("GET", "/api/services/chat/rooms", READS_CHAT),
        new Route("GET", "/api/services/chat/rooms/{room}", READS_CHAT),
        new Route("GET", "/api/services/chat/rooms/{room}/keys", READS_CHAT),
        new Route("GET", "/api/services/chat/rooms/{room}/timers", READS_CHAT),
        new Route("GET", "/api/services/chat/rooms/{room}/log", READS_CHAT),
        new Route("GET", "/api/services/chat/rooms/{room}/recording", READS_CHAT),
        new Route("POST", "/api/services/chat/rooms/{room}/messages", DEPLOYS_CHAT),
        new Route("DELETE", "/api/services/chat/rooms/{room}/connections", DEPLOYS_CHAT),
        new Route(
            "DELETE", "/api/services/chat/rooms/{room}/connections/{connection}", DEPLOYS_CHAT),
        new Route("GET", "/api/services", READS_ALL),
        new Route("GET", "/api/events", READS_ALL),
        new Route("GET", "/api/hooks", READS_ALL),
        new Route("GET", "/api/slots", READS_ALL),
        new Route("GET", "/api/loops", READS_ALL),
        new Route("GET", "/api/metering", READS_ALL),
        new Route("GET", "/api/usage", READS_ALL),
        new Route("GET", "/api/functions", READS_CHAT),
        new Route("GET", "/api/openapi.json", READS_CHAT));
  }

  @Test
  void withoutATokenEachRouteIsClosed() {
    assertClosed(
        routes(),
        route -> server.send(request(route)),
        401,
        "unauthenticated",
        answer -> assertThat(challenge(answer)).isEqualTo("Bearer realm=\"sandbox\""));
  }

  @Test
  void withAWrongTokenEachRouteIsClosed() {
    assertClosed(
        routes(),
        route -> send(route, Token.generate()),
        401,
        "unauthenticated",
        answer -> assertThat(challenge(answer)).contains("error=\"invalid_token\""));
  }

  @Test
  void withAnExpiredTokenEachRouteIsClosedAndSaysSo() {
    assertClosed(
        routes(),
        route -> send(route, EXPIRED),
        401,
        "unauthenticated",
        answer -> assertThat(answer.body()).contains("'expired' has expired at"));
  }

  @Test
  void withATokenOfAnotherServiceEachRouteIsClosedThatTellsOfOne() {
    List<String> ofNoService = List.of("/api/functions", "/api/openapi.json");
    assertClosed(
        routes().filter(route -> !ofNoService.contains(route.path())),
        route -> send(route, DEPLOYS_OTHER),
        403,
        "denied",
        answer ->
            assertThat(challenge(answer)).contains("error=\"insufficient_scope\"", "scope=\""));
    assertThat(routes().filter(route -> ofNoService.contains(route.path())))
        .hasSize(ofNoService.size())
        .allSatisfy(route -> assertThat(send(route, DEPLOYS_OTHER).statusCode()).isEqualTo(200));
  }

  /** At one server for all of them: what is refused changes nothing. */
  private void assertClosed(
      Stream<Route> routes,
      Function<Route, HttpResponse<String>> ask,
      int status,
      String kind,
      Consumer<HttpResponse<String>> says) {
    assertThat(routes)
        .isNotEmpty()
        .allSatisfy(
            route -> {
              HttpResponse<String> answer = ask.apply(route);
              assertRefused(answer, status, kind);
              says.accept(answer);
              assertNothingHasChanged();
            });
  }

  @ParameterizedTest
  @MethodSource("routes")
  void withTheLeastScopeARouteIsOpen(Route route) {
    assertThat(send(route, route.least()).statusCode()).isEqualTo(200);
    assertThat(send(route, LATER).statusCode()).isIn(200, 404); // 404: nothing more to go back to
  }

  @Test
  void whoMayReadMayNotChange() throws IOException {
    List<Route> changes = routes().filter(route -> !route.method().equals("GET")).toList();

    for (Route route : changes) {
      assertRefused(send(route, READS_CHAT), 403, "denied");
      assertRefused(send(route, READS_ALL), 403, "denied");
    }

    assertThat(changes).hasSize(10);
    assertNothingHasChanged();
  }

  @Test
  void everyRouteThatThereIsIsDocumentedAndTriedHere() throws IOException {
    List<String> tried =
        routes()
            .map(route -> route.method() + " " + route.path())
            .map(text -> text.replace("/chat", "/{service}").replace(ECHO, "{digest}"))
            .toList();
    List<String> documented =
        Files.readAllLines(PAGE).stream()
            .filter(line -> line.startsWith("| `") && line.contains(" /api/"))
            .map(line -> line.substring(3, line.indexOf('`', 3)))
            .toList();

    assertThat(documented).containsExactlyInAnyOrderElementsOf(tried);
    // Which OpenApiTest holds against the code.
    assertThat(described()).containsExactlyInAnyOrderElementsOf(tried);
  }

  private List<String> described() throws IOException {
    List<String> described = new ArrayList<>();
    JSON.readTree(server.send(server.request("/api/openapi.json")).body())
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        name -> {
                          if (!name.equals("parameters")) {
                            described.add(name.toUpperCase(Locale.ROOT) + " " + path.getKey());
                          }
                        }));
    return described;
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /api/",
    "GET, /api/tokens",
    "GET, /api/usage/",
    "GET, /api/services/chat/tokens"
  })
  void whatTheApiDoesNotHaveIsClosedAsWell(String method, String path) throws IOException {
    assertRefused(server.send(request(new Route(method, path, ""))), 401, "unauthenticated");
    assertRefused(send(new Route(method, path, ""), TestTokens.ADMIN), 404, "not_found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/monitor", "/healthz"})
  void whatTellsOfNoServiceIsOpen(String path) {
    assertThat(server.send(server.strangersRequest(path)).statusCode()).isEqualTo(200);
  }

  @Test
  void roomsAreOpen() {
    server.publish("echo", Guests.wasm("echo"));
    Client ada = server.join("echo", "lobby");

    ada.say("hello");

    ada.await("hello");
  }

  @ParameterizedTest
  @ValueSource(strings = {"token", "access_token", "Authorization", "authorization=Bearer%20"})
  void aTokenInTheUrlCountsForNothing(String parameter) throws IOException {
    String query = parameter + (parameter.contains("=") ? "" : "=") + TestTokens.ADMIN;

    HttpResponse<String> answer =
        server.send(
            server
                .strangersRequest("/api/services/chat?" + query)
                .PUT(BodyPublishers.ofByteArray(Guests.wasm("echo"))));

    assertRefused(answer, 401, "unauthenticated");
    assertThat(answer.body()).doesNotContain(TestTokens.ADMIN);
    assertNothingHasChanged();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Basic %s",
        "Bearer",
        "Bearer  ",
        "%s",
        "Bearer x%s",
        "Bearer %s %s",
        "Bearer \"%s\"",
        "Bearer %s\r\nAuthorization: Bearer %s",
        "Bearer %s, Bearer %s",
        "Token %s",
        "Bearer %s\u00e9"
      })
  void whatIsNotTheOneTokenInItsHeaderIsNone(String header) {
    try (RawSocket socket = new RawSocket(server.uri())) {
      String answer =
          socket.ask(
              "GET /api/services/chat HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\n\r\n"
                  .formatted(header.replace("%s", TestTokens.ADMIN)));

      assertThat(answer).startsWith("HTTP/1.1 401").contains("WWW-Authenticate: Bearer");
    }
  }

  /** A connection that is closed while a client sends is reset, and takes the answer with it. */
  @Test
  void whoeverUploadsMegabytesWithoutATokenReadsWhyTheyAreRefused() throws IOException {
    byte[] module = new byte[4 << 20];
    for (int i = 0; i < 20; i++) {
      HttpResponse<String> answer =
          server.send(
              server
                  .strangersRequest("/api/services/chat")
                  .PUT(BodyPublishers.ofByteArray(module)));

      assertRefused(answer, 401, "unauthenticated");
    }
  }

  @Test
  void theNameOfTheSchemeMayBeInSmallLetters() {
    HttpResponse<String> answer =
        server.send(
            server
                .strangersRequest("/api/services/chat")
                .header("Authorization", "bearer " + READS_CHAT));

    assertThat(answer.statusCode()).isEqualTo(200);
  }

  @Test
  void anUploadWithoutATokenIsRefusedBeforeItComes() {
    try (RawSocket socket = new RawSocket(server.uri())) {
      String answer =
          socket.ask(
              "PUT /api/services/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");

      assertThat(answer).startsWith("HTTP/1.1 401").contains("Connection: close");
    }
  }

  @Test
  void aTokenThatIsRevokedWhileItsServerRunsIsWorthNothingAfterwards() throws IOException {
    Route read = new Route("GET", "/api/services/chat", READS_CHAT);
    assertThat(send(read, READS_CHAT).statusCode()).isEqualTo(200);

    rewrite(Files.readString(file).replaceAll("(?m)^reads-chat .*\n", ""));

    await().atMost(TestServer.PATIENCE).until(() -> send(read, READS_CHAT).statusCode() == 401);
    assertThat(send(read, DEPLOYS_CHAT).statusCode()).isEqualTo(200);
  }

  @Test
  void aTokenThatIsRevokedWhileAnUploadComesInDoesNotUpload() throws IOException {
    byte[] echo = Guests.wasm("echo");
    try (RawSocket socket = new RawSocket(server.uri())) {
      String head =
          "PUT /api/services/chat HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
              .formatted(DEPLOYS_CHAT, echo.length);
      socket.send(head.getBytes(StandardCharsets.ISO_8859_1));
      Route read = new Route("GET", "/api/services/chat", READS_CHAT);

      rewrite(Files.readString(file).replaceAll("(?m)^deploys-chat .*\n", ""));
      await().atMost(TestServer.PATIENCE).until(() -> send(read, DEPLOYS_CHAT).statusCode() == 401);
      socket.send(echo);

      assertThat(socket.ask("")).startsWith("HTTP/1.1 403");
    }
    assertNothingHasChanged();
  }

  @Test
  void aTokenThatIsAddedWhileItsServerRunsIsValid() throws IOException {
    String added = Token.generate();
    Route read = new Route("GET", "/api/usage", added);

    rewrite(Files.readString(file) + TestTokens.entry("added", added, null, "admin") + "\n");

    await().atMost(TestServer.PATIENCE).until(() -> send(read, added).statusCode() == 200);
  }

  /** In one step, as editors do and 'token revoke'. */
  private void rewrite(String content) throws IOException {
    Path other = Files.writeString(folder.resolve("tokens.new"), content);
    Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private HttpRequest.Builder request(Route route) {
    String path = route.path().replace("{room}", "lobby");
    return server
        .strangersRequest(path.contains("{connection}") ? ofMember(path) : path)
        .header("Content-Type", "text/plain")
        .method(
            route.method(),
            !route.method().equals("PUT")
                ? BodyPublishers.noBody()
                : path.endsWith(SOURCE_MAP)
                    ? BodyPublishers.ofString(MAP)
                    : BodyPublishers.ofByteArray(Guests.wasm("echo")));
  }

  private String ofMember(String path) {
    HttpResponse<String> answer = server.send(server.request("/api/services/chat/rooms/lobby"));
    try {
      String connection = JSON.readTree(answer.body()).at("/members/0/connection").asText("gone");
      return path.replace("{connection}", connection);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private HttpResponse<String> send(Route route, String token) {
    HttpRequest.Builder request = request(route).header("Authorization", TestTokens.bearer(token));
    return route.path().endsWith("/events") ? server.begin(request) : server.send(request);
  }

  private static String challenge(HttpResponse<String> answer) {
    return answer.headers().firstValue("WWW-Authenticate").orElse("none");
  }

  private static void assertRefused(HttpResponse<String> answer, int status, String kind)
      throws IOException {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonNode error = JSON.readTree(answer.body()).get("error");
    assertThat(error.get("kind").asText()).isEqualTo(kind);
    assertThat(error.get("message").asText()).isNotBlank();
  }

  private void assertNothingHasChanged() throws IOException {
    JsonNode chat =
        JSON.readTree(
            server
                .send(
                    server
                        .strangersRequest("/api/services/chat")
                        .header("Authorization", TestTokens.bearer(READS_CHAT)))
                .body());
    assertThat(chat.get("live").asText()).isEqualTo(Digest.of(Guests.wasm("trap")).hex());
    assertThat(chat.get("versions")).hasSize(2);
    assertThat(chat.has("resting")).isFalse();
    member.say("I am still in");
    member.await("I am still in");
  }
}
