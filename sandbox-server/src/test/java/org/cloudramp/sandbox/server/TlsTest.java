package org.cloudramp.sandbox.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.server.jointoken.Issuer;
import org.cloudramp.sandbox.server.jointoken.Issuer.Algorithm;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server speaks TLS itself, with certificates that the JDK's keytool makes. */
class TlsTest {
  private static final String PASSWORD = "of-the-test";

  @TempDir Path folder;
  private Path certificate;
  private Path key;

  @BeforeEach
  void name() {
    certificate = folder.resolve("certificate.pem");
    key = folder.resolve("key.pem");
  }

  /** A key and a certificate of its own, for localhost. */
  private record Made(KeyStore store) {
    X509Certificate certificate() throws GeneralSecurityException {
      return (X509Certificate) store.getCertificate("it");
    }

    String certificatePem() throws GeneralSecurityException {
      return pem("CERTIFICATE", certificate().getEncoded());
    }

    String keyPem() throws GeneralSecurityException {
      return pem("PRIVATE KEY", store.getKey("it", PASSWORD.toCharArray()).getEncoded());
    }

    private static String pem(String what, byte[] content) {
      String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
      return "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n".formatted(what, base64);
    }

    /** What a server shows that has it. */
    SSLContext serving() throws GeneralSecurityException {
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    }

    /** A file for JVMs that are to trust it, and nobody else. */
    void writeTrusted(Path file) throws GeneralSecurityException, IOException {
      try (OutputStream out = Files.newOutputStream(file)) {
        trusted().store(out, PASSWORD.toCharArray());
      }
    }

    private KeyStore trusted() throws GeneralSecurityException, IOException {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("it", certificate());
      return trusted;
    }

    SSLContext trusting() throws GeneralSecurityException, IOException {
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    }
  }

  private Made make(String name, String algorithm) throws Exception {
    Path store = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "it",
                "-keyalg",
                algorithm,
                "-dname",
                "CN=" + name,
                "-ext",
                "SAN=dns:localhost,ip:127.0.0.1",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .inheritIO()
            .start();
    assertThat(keytool.waitFor(1, TimeUnit.MINUTES)).isTrue();
    KeyStore loaded = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      loaded.load(in, PASSWORD.toCharArray());
    }
    return new Made(loaded);
  }

  private void write(Path file, String content) throws IOException {
    Path other = Files.writeString(folder.resolve("new"), content);
    Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private void write(Made made) throws Exception {
    write(certificate, made.certificatePem());
    write(key, made.keyPem());
  }

  private TestServer start() {
    return start("server.patience", "10s");
  }

  private TestServer start(String setting, String value) {
    return TestServer.start(
        folder.resolve("modules"),
        "server.tls.certificate",
        certificate.toString(),
        "server.tls.key",
        key.toString(),
        setting,
        value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC"})
  void aRoomAndTheApiAreThereOverTls(String algorithm) throws Exception {
    Made made = make("first", algorithm);
    write(made);
    try (TestServer server = start()) {
      HttpClient http = HttpClient.newBuilder().sslContext(made.trusting()).build();
      server.publish("echo", Guests.wasm("echo"));
      assertThat(server.uri()).hasScheme("https");

      URI api = server.uri().resolve("/api/services/echo");
      assertThat(
              http.send(
                      HttpRequest.newBuilder(api)
                          .header("Authorization", TestTokens.bearer(TestTokens.ADMIN))
                          .build(),
                      BodyHandlers.discarding())
                  .statusCode())
          .isEqualTo(200);
      try (Client ada =
          Client.open(
              http,
              URI.create(
                  "wss" + server.uri().resolve("/rooms/echo/lobby").toString().substring(5)))) {
        ada.say("hello");
        ada.await("hello");
      }
    }
  }

  @Test
  void handshakesAndRequestsThatNeverEndHoldNobodyUp() throws Exception {
    Made made = make("first", "EC");
    write(made);
    try (TestServer server = start()) {
      server.publish("echo", Guests.wasm("echo"));
      List<RawSocket> silent = new ArrayList<>();
      List<SSLSocket> slow = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        RawSocket socket = new RawSocket(server.uri());
        socket.send(new byte[] {0x16, 0x03, 0x01, 0x02, 0x00, 0x01}); // a hello that goes on
        silent.add(socket);
      }
      for (int i = 0; i < 50; i++) {
        SSLSocket socket = connect(made, server);
        socket
            .getOutputStream()
            .write("GET /rooms/echo/lobby HTTP/1.1\r\nHo".getBytes(StandardCharsets.US_ASCII));
        slow.add(socket);
      }

      HttpClient http = HttpClient.newBuilder().sslContext(made.trusting()).build();
      try (Client ada = Client.open(http, room(server))) {
        ada.say("in time");
        ada.await("in time");
      }
      silent.forEach(RawSocket::close);
      for (SSLSocket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void whoTakesAllConnectionsAndNeverEndsAHandshakeKeepsNobodyOut() throws Exception {
    Made made = make("first", "EC");
    write(made);
    List<RawSocket> endless = new ArrayList<>();
    ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    try (TestServer full = start("server.connections", "20")) {
      full.publish("echo", Guests.wasm("echo"));
      for (int i = 0; i < 40; i++) {
        endless.add(new RawSocket(full.uri()));
      }
      byte[] record = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, (byte) 0xfc};
      AtomicInteger said = new AtomicInteger();
      var unused =
          thread.scheduleWithFixedDelay(
              () -> {
                int next = said.getAndIncrement();
                byte[] one = {next < record.length ? record[next] : 0x03};
                endless.forEach(socket -> sayAsLongAsItIsOpen(socket, one));
              },
              0,
              100,
              TimeUnit.MILLISECONDS);

      HttpClient http = HttpClient.newBuilder().sslContext(made.trusting()).build();
      try (Client ada =
          await()
              .atMost(TestServer.PATIENCE)
              .ignoreExceptions() // as long as those who wait have only just come
              .until(() -> Client.open(http, room(full)), client -> true)) {
        ada.say("in time");
        ada.await("in time");
      }
    } finally {
      thread.shutdownNow();
      endless.forEach(RawSocket::close);
    }
  }

  private static void sayAsLongAsItIsOpen(RawSocket socket, byte[] bytes) {
    try {
      socket.send(bytes);
    } catch (UncheckedIOException e) {
      // the server has closed it
    }
  }

  private static URI room(TestServer server) {
    return URI.create("wss" + server.uri().resolve("/rooms/echo/lobby").toString().substring(5));
  }

  @Test
  void theKeysOfJoinTokensComeFromWhomThisMachineTrustsAndFromNobodyElse() throws Exception {
    Made made = make("issuer", "EC");
    Path trusted = folder.resolve("trusted.p12");
    made.writeTrusted(trusted);
    Issuer issuer = new Issuer();
    HttpsServer publisher =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    publisher.setHttpsConfigurator(new HttpsConfigurator(made.serving()));
    byte[] published = issuer.jwks(Algorithm.ES256).getBytes(StandardCharsets.UTF_8);
    publisher.createContext(
        "/keys.json",
        exchange -> {
          exchange.sendResponseHeaders(200, published.length);
          exchange.getResponseBody().write(published);
          exchange.close();
        });
    publisher.start();
    try {
      String keys = "https://localhost:" + publisher.getAddress().getPort() + "/keys.json";
      String trusts =
          "-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=%s"
              .formatted(trusted, PASSWORD);
      String token = issuer.token(Algorithm.ES256, Issuer.claims(Instant.now().getEpochSecond()));

      assertThat(joinWith(token, keys, trusts)).isEqualTo("let in");
      assertThat(joinWith(token, keys, "")).contains("1013");
    } finally {
      publisher.stop(0);
    }
  }

  /** What becomes of somebody who joins a server that has its keys from there. */
  private String joinWith(String token, String keys, String options) throws Exception {
    Path store = Files.createTempDirectory(folder, "store");
    Map<String, String> environment =
        Map.of(
            "JDK_JAVA_OPTIONS",
            options,
            "SANDBOX_STORE_FILESYSTEM_FOLDER",
            store.toString(),
            "SANDBOX_SERVER_JOIN_KEYS",
            keys,
            "SANDBOX_SERVER_JOIN_ISSUER",
            Issuer.NAME,
            "SANDBOX_SERVER_JOIN_AUDIENCE",
            Issuer.AUDIENCE);
    try (ServerProcess server = ServerProcess.start(store, environment)) {
      HttpClient http = HttpClient.newHttpClient();
      assertThat(
              http.send(
                      HttpRequest.newBuilder(server.uri().resolve("/api/services/chat"))
                          .header("Authorization", TestTokens.bearer(TestTokens.ADMIN))
                          .PUT(BodyPublishers.ofByteArray(Guests.wasm("echo")))
                          .build(),
                      BodyHandlers.discarding())
                  .statusCode())
          .isEqualTo(200);
      URI room =
          URI.create("ws" + server.uri().toString().substring(4)).resolve("/rooms/chat/lobby");
      Client client = Client.open(http, room, "Authorization", "Bearer " + token);
      await()
          .atMost(TestServer.PATIENCE)
          .until(() -> client.isClosed() || !client.rest().isEmpty());
      return client.isClosed() ? client.closed().toString() : "let in";
    }
  }

  @Test
  void aNewCertificateIsShownWithoutARestartAndAnOpenConnectionStays() throws Exception {
    Made first = make("first", "EC");
    Made second = make("second", "EC");
    write(first);
    try (TestServer server = start();
        SSLSocket open = connect(first, server)) {
      write(certificate, second.certificatePem()); // and its key a moment later
      assertThat(shown(first, server)).isEqualTo(first.certificate());
      write(key, second.keyPem());

      await().atMost(TestServer.PATIENCE).until(() -> isShown(second, server));
      open.getOutputStream()
          .write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
      assertThat(new String(open.getInputStream().readNBytes(12), US_ASCII))
          .isEqualTo("HTTP/1.1 200");
    }
  }

  @Test
  void filesThatAreBrokenLeaveTheOldCertificateUntilTheyAreMended() throws Exception {
    Made first = make("first", "EC");
    Made second = make("second", "EC");
    write(first);
    try (TestServer server = start()) {
      write(certificate, "nothing\n");
      Files.delete(key);
      assertThat(shown(first, server)).isEqualTo(first.certificate());

      write(second);

      await().atMost(TestServer.PATIENCE).until(() -> isShown(second, server));
    }
  }

  @Test
  void whatDoesNotFitTogetherDoesNotStart() throws Exception {
    Made first = make("first", "EC");
    Made second = make("second", "EC");
    Made other = make("other", "RSA");
    write(first);

    write(key, second.keyPem());
    assertRefused("is not that of the first certificate");
    write(key, other.keyPem());
    assertRefused("is no EC key");
    write(key, first.keyPem().replace("PRIVATE KEY", "RSA PRIVATE KEY"));
    assertRefused("openssl pkcs8 -topk8");
    write(first);
    write(certificate, first.keyPem());
    assertRefused("sandbox.server.tls.certificate");
    Files.delete(certificate);
    assertRefused("cannot be read");
    assertThatThrownBy(
            () -> TestServer.start(folder, "server.tls.certificate", certificate.toString()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.tls.key");
  }

  private void assertRefused(String reason) {
    assertThatThrownBy(this::start)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(reason)
        .message()
        .doesNotContain("MIG");
  }

  private static SSLSocket connect(Made trusted, TestServer server) throws Exception {
    Socket socket =
        trusted.trusting().getSocketFactory().createSocket("localhost", server.uri().getPort());
    SSLSocket tls = (SSLSocket) socket;
    tls.startHandshake();
    return tls;
  }

  private static X509Certificate shown(Made trusted, TestServer server) throws Exception {
    try (SSLSocket socket = connect(trusted, server)) {
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  private static boolean isShown(Made made, TestServer server) {
    try {
      return shown(made, server).equals(made.certificate());
    } catch (Exception e) {
      return false; // another is shown, which is not trusted
    }
  }
}
