package org.cloudramp.sandbox.server.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Arrays;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.server.observe.RecurringTrouble;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate that the server shows, and its key. When the files are others that fit together,
 * whoever connects from then on is shown the new one; connections that are open stay. Until they
 * fit, the old one stays.
 */
public final class TlsCertificate {
  private static final Logger log = LoggerFactory.getLogger(TlsCertificate.class);
  private static final int MAX_BYTES = 1 << 20;

  private final Path certificate;
  private final Path key;
  private final SslContextFactory.Server context = new SslContextFactory.Server();

  // Of the thread that reads again, and of nobody else.
  private byte[] lastCertificate;
  private byte[] lastKey;
  private final RecurringTrouble trouble =
      new RecurringTrouble(log, "the server goes on with its old certificate: {}");

  /**
   * Reads the files.
   *
   * @throws ConfigurationException if they cannot be read, or do not fit together
   */
  public TlsCertificate(Path certificate, Path key) {
    this.certificate = certificate;
    this.key = key;
    this.lastCertificate = read(certificate, "certificate");
    this.lastKey = read(key, "key");
    use(context, PemIdentity.keyStore(lastCertificate, lastKey));
  }

  /** What connections are made with. */
  public SslContextFactory.Server context() {
    return context;
  }

  /** Reads the files again. To be called by one thread. */
  public void readAgain() {
    try {
      byte[] newCertificate = read(certificate, "certificate");
      byte[] newKey = read(key, "key");
      if (!Arrays.equals(newCertificate, lastCertificate) || !Arrays.equals(newKey, lastKey)) {
        KeyStore store = PemIdentity.keyStore(newCertificate, newKey);
        context.reload(factory -> use(factory, store));
        lastCertificate = newCertificate;
        lastKey = newKey;
        log.info("the certificate of {} was read again", certificate);
      }
      trouble.isOver();
    } catch (ConfigurationException e) {
      trouble.is(String.valueOf(e.getMessage()));
    } catch (Exception e) { // what the library's reload says that it may throw
      trouble.is(e.toString());
    }
  }

  private static void use(SslContextFactory factory, KeyStore store) {
    factory.setKeyStore(store);
    factory.setKeyStorePassword("");
  }

  private static byte[] read(Path file, String setting) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(MAX_BYTES + 1);
      if (content.length > MAX_BYTES) {
        throw new ConfigurationException(
            "sandbox.server.tls.%s: '%s' has more than %d bytes"
                .formatted(setting, file, MAX_BYTES));
      }
      return content;
    } catch (IOException e) {
      throw new ConfigurationException(
          "sandbox.server.tls.%s: '%s' cannot be read: %s".formatted(setting, file, e), e);
    }
  }
}
