package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.cloudramp.sandbox.server.jointoken.Issuer.quoted;

import com.sun.net.httpserver.HttpServer;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.server.Client.Closed;
import org.cloudramp.sandbox.server.config.Settings;
import org.cloudramp.sandbox.server.jointoken.Issuer;
import org.cloudramp.sandbox.server.jointoken.Issuer.Algorithm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who joins with a token, and what the room gets to know. */
@Timeout(120)
class JoinTokenTest {
  private static final Issuer ISSUER = new Issuer();
  private static final Closed NEEDS_TOKEN = new Closed(4001, "this room needs a join token");

  @TempDir Path folder;

  private Path keys(String content) throws Exception {
    return Files.writeString(folder.resolve("keys"), content);
  }

  private TestServer start(String keys, String rooms) {
    TestServer server =
        TestServer.start(
            folder.resolve("store"),
            "server.join.keys",
            keys,
            "server.join.issuer",
            Issuer.NAME,
            "server.join.audience",
            Issuer.AUDIENCE,
            "server.join.rooms",
            rooms,
            "server.subprotocols",
            "json.v1");
    server.publish("chat", TestServer.example("club"));
    server.publish("open", TestServer.example("chat"));
    return server;
  }

  private static Map<String, String> claims() {
    return Issuer.claims(Instant.now().getEpochSecond());
  }

  private static String token(String user) {
    Map<String, String> claims = claims();
    claims.put("sub", quoted(user));
    claims.put("info", "{\"name\":\"The %s\"}".formatted(user));
    return ISSUER.token(Algorithm.EdDSA, claims);
  }

  private static Client withHeader(TestServer server, String token) {
    return server.connect("chat", "lobby", "Authorization", "Bearer " + token);
  }

  /** Whether the room says something, or the server closes. */
  private static boolean getsIn(Client client) {
    await().atMost(TestServer.PATIENCE).until(() -> client.isClosed() || !client.rest().isEmpty());
    return !client.rest().isEmpty();
  }

  @Test
  void aRoomLearnsFromATokenWhoJoinsSpeaksAndLeaves() throws Exception {
    try (TestServer server = start(keys(ISSUER.jwks(Algorithm.EdDSA)).toString(), "token")) {
      Client ann = withHeader(server, token("ann"));
      assertThat(ann.next().text()).isEqualTo("The ann is here");
      Client bob = withHeader(server, token("bob"));
      Client tab = withHeader(server, token("bob"));
      ann.await("The bob is here");
      ann.await("The bob is here");

      bob.say("hello");
      ann.await("The bob: hello");
      ann.say("/out bob");

      assertThat(bob.closed()).isEqualTo(new Closed(4012, "the owner has shown you out"));
      assertThat(tab.closed()).isEqualTo(bob.closed());
      ann.await("The bob has gone");
      ann.await("The bob has gone");
      assertThat(withHeader(server, token("bob")).closed()).isEqualTo(bob.closed());
      server.awaitConnections(1);
    }
  }

  @Test
  void aPageBringsItsTokenAsASubprotocolAndNoAnswerRepeatsIt() throws Exception {
    try (TestServer server = start(keys(ISSUER.jwks(Algorithm.EdDSA)).toString(), "token")) {
      String token = "cloudramp.token." + token("ann");

      Client ann = server.offer("chat", "lobby", "cloudramp.join", token);
      assertThat(ann.next().text()).isEqualTo("The ann is here");
      assertThat(ann.subprotocol()).isEqualTo("cloudramp.join");
      Client speaker = server.offer("chat", "lobby", token, "cloudramp.join", "json.v1");
      assertThat(speaker.next().text()).isEqualTo("The ann is here");
      assertThat(speaker.subprotocol()).isEqualTo("json.v1");
      Client forgetful = server.offer("chat", "lobby", token);
      assertThat(forgetful.next().text()).isEqualTo("The ann is here");
      assertThat(forgetful.subprotocol()).isEmpty();
      Client refused = server.offer("chat", "lobby", "cloudramp.join", "cloudramp.token.a.b.c");
      assertThat(refused.closed()).isEqualTo(new Closed(4001, "the join token is no signed JWT"));
      assertThat(refused.subprotocol()).isEqualTo("cloudramp.join");
    }
  }

  @Test
  void nobodyGetsInWithoutATokenOrWithOneThatIsNotForTheRoom() throws Exception {
    try (TestServer server = start(keys(ISSUER.jwks(Algorithm.EdDSA)).toString(), "token")) {
      assertThat(server.connect("chat", "lobby").closed()).isEqualTo(NEEDS_TOKEN);
      assertThat(server.connect("chat", "lobby?token=" + token("ann")).closed())
          .as("what is in a URL does not count")
          .isEqualTo(NEEDS_TOKEN);
      assertThat(
              server.connect("chat", "lobby", "Authorization", "Basic YW5uOnNlY3JldA==").closed())
          .isEqualTo(NEEDS_TOKEN);
      assertThat(withHeader(server, TestTokens.ADMIN).closed())
          .as("a token of the API is no join token")
          .isEqualTo(new Closed(4001, "the join token is no signed JWT"));
      Map<String, String> expired = claims();
      expired.put("exp", "1700000000");
      assertThat(withHeader(server, ISSUER.token(Algorithm.EdDSA, expired)).closed())
          .isEqualTo(new Closed(4001, "the join token has expired"));
      assertThat(withHeader(server, new Issuer().token(Algorithm.EdDSA, claims())).closed())
          .isEqualTo(new Closed(4001, "the signature of the join token is not right"));
      assertThat(withHeader(server, ISSUER.token(Algorithm.RS256, claims())).closed())
          .isEqualTo(new Closed(4001, "the join token is signed by no key that is known here"));
      Client elsewhere =
          server.connect("chat", "kitchen", "Authorization", "Bearer " + token("ann"));
      assertThat(elsewhere.closed())
          .isEqualTo(new Closed(4001, "the join token is for another room"));
      server.awaitConnections(0);
    }
  }

  @Test
  void theSameTokenOpensNothingOfTheApi() throws Exception {
    try (TestServer server = start(keys(ISSUER.jwks(Algorithm.EdDSA)).toString(), "token")) {
      HttpResponse<String> answer =
          server.send(
              server
                  .strangersRequest("/api/services")
                  .header("Authorization", "Bearer " + token("ann")));

      assertThat(answer.statusCode()).isEqualTo(401);
    }
  }

  @Test
  void aServiceMayBeOpenOrForBothBesideOthers() throws Exception {
    String rooms = "token, open/open, both/both";
    try (TestServer server = start(keys(ISSUER.jwks(Algorithm.EdDSA)).toString(), rooms)) {
      server.publish("both", TestServer.example("club"));
      Map<String, String> claims = claims();
      claims.put("service", quoted("both"));
      claims.put("room", quoted("*"));

      assertThat(server.connect("open", "lobby").next().text()).endsWith(" joined");
      assertThat(server.connect("both", "lobby").closed().code())
          .as("the room has been asked, and does not want strangers")
          .isEqualTo(4011);
      Client known =
          server.connect(
              "both", "any", "Authorization", "Bearer " + ISSUER.token(Algorithm.EdDSA, claims));
      assertThat(known.next().text()).isEqualTo("Ann is here");
      assertThat(server.connect("both", "any", "Authorization", "Bearer a.b.c").closed().code())
          .isEqualTo(4001);
    }
  }

  @Test
  void keysInAFileChangeWithoutARestart() throws Exception {
    Issuer next = new Issuer();
    Path file = keys(ISSUER.jwks(Algorithm.EdDSA));
    try (TestServer server = start(file.toString(), "token")) {
      Client ann = withHeader(server, token("ann"));
      assertThat(ann.next().text()).isEqualTo("The ann is here");

      Files.writeString(file, "not the keys");
      Files.writeString(file, next.jwks(Algorithm.EdDSA));

      await()
          .atMost(TestServer.PATIENCE)
          .until(() -> getsIn(withHeader(server, next.token(Algorithm.EdDSA, claims()))));
      assertThat(withHeader(server, token("ann")).closed().code()).isEqualTo(4001);
      assertThat(ann.isClosed()).isFalse();
    }
  }

  @Test
  void keysAreFetchedFromAUrlAndWhoComesBeforeIsToldToTryAgain() throws Exception {
    HttpServer publisher =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    publisher.createContext(
        "/keys",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (OutputStream body = exchange.getResponseBody()) {
            body.write(ISSUER.jwks(Algorithm.EdDSA).getBytes(StandardCharsets.UTF_8));
          }
        });
    String url = "http://127.0.0.1:%d/keys".formatted(publisher.getAddress().getPort());
    // Takes connections, and does not answer yet.
    try (TestServer server = start(url, "token")) {
      assertThat(withHeader(server, token("ann")).closed())
          .isEqualTo(new Closed(1013, "join tokens cannot be checked now"));
      publisher.start();

      await().atMost(TestServer.PATIENCE).until(() -> getsIn(withHeader(server, token("ann"))));
    } finally {
      publisher.stop(0);
    }
  }

  @Test
  void settingsThatDoNotSayWhoseTokensCountAreRefused() throws Exception {
    String file = keys(ISSUER.jwks(Algorithm.EdDSA)).toString();
    String absent = folder.resolve("absent").toString();

    assertRefused(Map.of("server.join.rooms", "token"), "join.keys");
    assertRefused(Map.of("server.join.rooms", "chat/both"), "join.keys");
    assertRefused(Map.of("server.join.keys", file), "join.issuer");
    assertRefused(Map.of("server.join.keys", file, "server.join.issuer", "i"), "join.audience");
    Map<String, String> noFile =
        Map.of("server.join.keys", absent, "server.join.issuer", "i", "server.join.audience", "a");
    assertRefused(noFile, "cannot be read");
    Map<String, String> plain =
        Map.of(
            "server.join.keys",
            "http://id.example.org/keys",
            "server.join.issuer",
            "i",
            "server.join.audience",
            "a");
    assertRefused(plain, "https");
  }

  private void assertRefused(Map<String, String> settings, String why) {
    Map<String, String> all = new TreeMap<>(settings);
    all.put("server.port", "0");
    all.put("store.filesystem.folder", folder.resolve("none").toString());
    all.put("server.tokens", TestTokens.adminEntry());
    assertThatThrownBy(() -> SandboxServer.of(Settings.of(all, Map.of(), Map.of())))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(why);
  }

  @Test
  void whoeverHasKeysAndSaysNothingElseHasRoomsThatNeedTokens() throws Exception {
    String file = keys(ISSUER.pem(Algorithm.RS256)).toString();
    try (TestServer server =
        TestServer.start(
            folder.resolve("store"),
            "server.join.keys",
            file,
            "server.join.issuer",
            Issuer.NAME,
            "server.join.audience",
            Issuer.AUDIENCE)) {
      server.publish("chat", TestServer.example("chat"));

      assertThat(server.connect("chat", "lobby").closed()).isEqualTo(NEEDS_TOKEN);
      assertThat(withHeader(server, ISSUER.token(Algorithm.RS256, claims())).next().text())
          .endsWith(" joined");
    }
  }
}
