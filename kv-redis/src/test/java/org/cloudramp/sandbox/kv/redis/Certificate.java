package org.cloudramp.sandbox.kv.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.util.Base64;

/**
 * A key and a certificate for {@code localhost}, made by the JDK's keytool.
 *
 * @param file the certificate, in PEM
 * @param key the key, in PEM
 */
record Certificate(Path file, Path key) implements AutoCloseable {
  private static final String PASSWORD = "only for a test";

  static Certificate selfSigned() throws Exception {
    Path folder = Files.createTempDirectory("certificate-");
    Path store = folder.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "RSA",
                "-alias",
                "redis",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    Files.delete(store);
    Key key = keys.getKey("redis", PASSWORD.toCharArray());
    return new Certificate(
        write(folder.resolve("cert.pem"), "CERTIFICATE", keys.getCertificate("redis").getEncoded()),
        write(folder.resolve("key.pem"), "PRIVATE KEY", key.getEncoded()));
  }

  @Override
  public void close() throws IOException {
    Files.delete(file);
    Files.delete(key);
    Files.delete(file.getParent());
  }

  private static Path write(Path file, String type, byte[] content) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return Files.writeString(
        file, "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n");
  }
}
