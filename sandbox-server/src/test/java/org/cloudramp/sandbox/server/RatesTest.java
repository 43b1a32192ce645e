package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.server.Client.Closed;
import org.cloudramp.sandbox.server.jointoken.Issuer;
import org.cloudramp.sandbox.server.jointoken.Issuer.Algorithm;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of those who say or join too much, and of those beside them. */
@Timeout(120)
class RatesTest {
  @TempDir Path folder;

  private TestServer start(String... settings) {
    TestServer server =
        TestServer.start(
            folder.resolve("store"),
            Stream.concat(
                    Arrays.stream(settings),
                    Stream.of("server.proxies", "127.0.0.1", "server.management.port", "0"))
                .toArray(String[]::new));
    server.publish("echo", Guests.wasm("echo"));
    return server;
  }

  private static Client from(TestServer server, String address) {
    return server.connect("echo", "lobby", "X-Forwarded-For", address);
  }

  private static String metrics(TestServer server) throws Exception {
    URI uri = server.management().orElseThrow().resolve("/metrics");
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
        .body();
  }

  @Test
  void whoSaysTooMuchIsClosedWithAReasonAndNobodyElseNotices() throws Exception {
    try (TestServer server = start("server.rates.messagesPerConnection", "3/h")) {
      Client ann = server.join("echo", "lobby");
      Client ben = server.join("echo", "lobby");
      for (int i = 0; i < 3; i++) {
        ann.say("message " + i);
        ben.await("message " + i);
      }

      ann.say("one too many");

      assertThat(ann.closed())
          .isEqualTo(
              new Closed(
                  4008,
                  "too many messages of this connection: 3/h are allowed (sandbox.server.rates.messagesPerConnection)"));
      ben.say("I am here");
      ben.await("I am here");
      assertThat(ben.rest()).noneMatch(said -> said.text().equals("one too many"));
      assertThat(metrics(server))
          .contains(
              "sandbox_rates_exceeded_total{of=\"connection\",what=\"messages\"} 1.0",
              "sandbox_rates_exceeded_total{of=\"user\",what=\"joins\"} 0.0",
              "code=\"4008\"");
    }
  }

  @Test
  void bytesAreCountedBeforeTheMessageIsWhole() {
    try (TestServer server =
        start("server.rates.bytesPerConnection", "2KiB/h", "server.messageBytes", "2KiB")) {
      Client ann = server.join("echo", "lobby");
      ann.say("x".repeat(1_500));
      ann.await("x".repeat(1_500));

      ann.begin("y".repeat(600)); // and never ends it

      assertThat(ann.closed().code()).isEqualTo(4008);
      assertThat(ann.closed().reason()).contains("sandbox.server.rates.bytesPerConnection");
      assertThat(server.used("unfinishedBytes")).isZero();
    }
  }

  @Test
  void whoComesByAnAddressSharesItWithAllOfItsNetworkAndTheWordOfAProxyIsTaken() {
    try (TestServer server = start("server.rates.joinsPerAddress", "2/h")) {
      Client first = from(server, "2001:db8:1:2::1");
      Client second = from(server, "2001:db8:1:2:ffff::9");
      assertThat(first.next().text()).startsWith("+");
      assertThat(second.next().text()).startsWith("+");

      Client third = from(server, "2001:db8:1:2::3");
      Client elsewhere = from(server, "2001:db8:1:3::1");
      Client here = server.join("echo", "lobby");

      assertThat(third.closed().code()).isEqualTo(4008);
      assertThat(third.closed().reason()).contains("sandbox.server.rates.joinsPerAddress");
      assertThat(elsewhere.next().text()).startsWith("+");
      assertThat(here.id()).isNotEmpty();
    }
  }

  @Test
  void oneServiceThatIsRushedAtKeepsNobodyFromAnother() {
    try (TestServer server = start("server.rates.joinsPerService", "1/h")) {
      server.publish("other", Guests.wasm("echo"));
      Client ann = server.join("echo", "lobby");

      assertThat(server.connect("echo", "kitchen").closed().code()).isEqualTo(4008);
      assertThat(server.join("other", "lobby").id()).isNotEmpty();
      ann.say("still here");
      ann.await("still here");
    }
  }

  @Test
  void whoHasAUserIsLimitedByItWhereverTheyComeFrom() throws Exception {
    Issuer issuer = new Issuer();
    Path keys = Files.writeString(folder.resolve("keys"), issuer.jwks(Algorithm.EdDSA));
    try (TestServer server =
        start(
            "server.rates.messagesPerUser",
            "2/h",
            "server.rates.joinsPerUser",
            "3/h",
            "server.join.keys",
            keys.toString(),
            "server.join.issuer",
            Issuer.NAME,
            "server.join.audience",
            Issuer.AUDIENCE)) {
      server.publish("chat", Guests.wasm("echo"));
      String bearer =
          "Bearer " + issuer.token(Algorithm.EdDSA, Issuer.claims(Instant.now().getEpochSecond()));
      Client desk = server.connect("chat", "lobby", "Authorization", bearer);
      desk.learnId(desk.next().text());
      Client phone = server.connect("chat", "lobby", "Authorization", bearer);
      phone.learnId(phone.next().text());
      desk.say("one");
      phone.await("one");
      phone.say("two");
      phone.await("two");

      desk.say("three");
      assertThat(desk.closed().reason()).contains("sandbox.server.rates.messagesPerUser");
      Client again = server.connect("chat", "lobby", "Authorization", bearer);
      again.learnId(again.next().text());
      again.say("four");

      assertThat(again.closed().code()).as("to come back does not help").isEqualTo(4008);
      assertThat(server.connect("chat", "lobby", "Authorization", bearer).closed().reason())
          .contains("sandbox.server.rates.joinsPerUser");
    }
  }

  @Test
  void aServerDoesNotStartWithALimitThatNoMessageFitsInto() {
    assertThatThrownBy(() -> start("server.rates.bytesPerService", "1KiB/s").close())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.rates.bytesPerService");
  }
}
