package org.cloudramp.sandbox.server.jointoken;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.server.jointoken.Issuer.Algorithm;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class KeyUrlTest {
  private static final Issuer ISSUER = new Issuer();

  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000); // it may overflow
  private volatile int status = 200;
  private volatile byte[] published = jwks(Algorithm.ES256);
  private volatile String location = "";
  private HttpServer publisher;
  private KeyUrl keys;

  private static byte[] jwks(Algorithm... algorithms) {
    return ISSUER.jwks(algorithms).getBytes(UTF_8);
  }

  @BeforeEach
  void publish() throws IOException {
    publisher = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    publisher.createContext(
        "/",
        exchange -> {
          looks.incrementAndGet();
          if (!location.isEmpty()) {
            exchange.getResponseHeaders().add("Location", location);
          }
          exchange.sendResponseHeaders(status, 0);
          try (OutputStream body = exchange.getResponseBody()) {
            body.write(published);
          }
        });
    publisher.start();
    keys = new KeyUrl(url("keys.json"), now::get);
  }

  private URI url(String path) {
    return URI.create("http://127.0.0.1:" + publisher.getAddress().getPort() + "/" + path);
  }

  @AfterEach
  void stop() {
    keys.close();
    publisher.stop(0);
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private void look(int number) {
    keys.readAgain();
    await().untilAsserted(() -> assertThat(looks).hasValue(number));
  }

  private void awaitKeys(int number) {
    await().untilAsserted(() -> assertThat(keys.current().size()).isEqualTo(number));
  }

  /** Until the last look has ended, which is after it was answered. */
  private void awaitRest() {
    await().until(() -> !keys.isLooking());
  }

  @Test
  void hasTheKeysOnceItHasLookedAndLooksAgainAfterAWhile() {
    assertThat(keys.current().size()).isZero();
    look(1);
    awaitKeys(1);
    published = jwks(Algorithm.ES256, Algorithm.RS256);

    keys.readAgain();
    pass(Duration.ofMinutes(4));
    keys.readAgain();
    assertThat(looks).hasValue(1);
    pass(Duration.ofMinutes(1));
    look(2);

    awaitKeys(2);
  }

  @Test
  void looksForAKeyThatIsNotKnownButNotAsOftenAsTokensComeThatNameOne() {
    look(1);
    awaitRest();
    assertThat(keys.lookAgain()).as("it has just looked").isFalse();
    pass(Duration.ofSeconds(10));
    published = jwks(Algorithm.ES256, Algorithm.EdDSA);

    assertThat(keys.lookAgain()).isTrue();
    awaitKeys(2);
    awaitRest();

    for (int i = 0; i < 1_000; i++) {
      assertThat(keys.lookAgain()).isFalse();
    }
    assertThat(looks).hasValue(2);
  }

  @Test
  void saysThatItMayStillFindKeysAsLongAsItHasNone() {
    status = 503;
    assertThat(keys.lookAgain()).isTrue();
    await().untilAsserted(() -> assertThat(looks).hasValue(1));
    awaitRest();

    assertThat(keys.lookAgain()).isTrue();
    assertThat(looks).hasValue(1);
    assertThat(keys.current().size()).isZero();
    status = 200;
    pass(Duration.ofSeconds(10));
    look(2);
    awaitKeys(1);
  }

  @Test
  void keepsForADayWhatItHasWhenThereIsNoAnswer() {
    look(1);
    awaitKeys(1);
    awaitRest();
    status = 500;
    pass(Duration.ofHours(23));
    look(2);
    awaitRest();

    assertThat(keys.current().size()).isEqualTo(1);
    pass(Duration.ofHours(1));
    assertThat(keys.current().size()).isZero();
  }

  @Test
  void takesNoSetThatIsTooLargeBrokenOrSecret() {
    look(1);
    awaitKeys(1);
    awaitRest();
    byte[] large =
        ISSUER.jwks(Algorithm.RS256, Algorithm.ES256).concat(" ".repeat(70_000)).getBytes(UTF_8);
    byte[] endless = new byte[8 << 20];
    int look = 1;
    for (byte[] bad :
        new byte[][] {
          large, endless, {}, "{".getBytes(UTF_8), jwks(Algorithm.HS256), "<html>".getBytes(UTF_8)
        }) {
      published = bad;
      pass(Duration.ofMinutes(5));
      look(++look);
      awaitRest();

      assertThat(keys.current().size()).isEqualTo(1);
    }
  }

  @Test
  void followsNoRedirection() {
    status = 302;
    location = url("elsewhere").toString();
    look(1);
    awaitRest();

    assertThat(looks).hasValue(1);
    assertThat(keys.current().size()).isZero();
  }

  @Test
  void looksNoMoreAfterItWasClosed() {
    look(1);
    awaitRest();
    keys.close();
    pass(Duration.ofHours(1));

    keys.readAgain();
    keys.lookAgain();

    assertThat(keys.isLooking()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://id.example.org/keys", "http://localhost.example.org/keys", "ftp://localhost/keys",
        "file:///etc/keys", "https:///keys", "http://127.0.0.1.nip.io/keys"
      })
  void takesNoUrlThatSomebodyInBetweenCouldAnswer(String url) {
    assertThatThrownBy(() -> new KeyUrl(URI.create(url), System::nanoTime))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("join.keys");
  }
}
