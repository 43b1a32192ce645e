package org.cloudramp.sandbox.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.cloudramp.sandbox.api.error.ConfigurationException;
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

    SSLContext trusting() throws GeneralSecurityException, IOException {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("it", certificate());
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
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
    return TestServer.start(
        folder.resolve("modules"),
        "server.tls.certificate",
        certificate.toString(),
        "server.tls.key",
        key.toString());
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
