package org.cloudramp.sandbox.server.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.error.ConfigurationException;

/** A certificate, those that vouch for it, and its key, out of texts in PEM. */
final class PemIdentity {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
  private static final String ALIAS = "server";

  private PemIdentity() {}

  /**
   * A key store that holds them and nothing else.
   *
   * @param certificates that of the server first, as certificate authorities deliver them
   * @param key in PKCS#8, without a password: RSA, EC or Ed25519
   * @throws ConfigurationException if one cannot be read, or the key is another certificate's; the
   *     message has nothing of the key
   */
  static KeyStore keyStore(byte[] certificates, byte[] key) {
    Certificate[] chain = chain(certificates);
    PublicKey ofCertificate = chain[0].getPublicKey();
    PrivateKey ofServer = key(key, ofCertificate.getAlgorithm());
    if (!areAPair(ofServer, ofCertificate)) {
      throw new ConfigurationException(
          "the key in sandbox.server.tls.key is not that of the first certificate in sandbox.server.tls.certificate");
    }
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(ALIAS, ofServer, new char[0], chain);
      return store;
    } catch (GeneralSecurityException | IOException e) {
      throw new ConfigurationException("the certificate of the server cannot be used: " + e, e);
    }
  }

  private static Certificate[] chain(byte[] certificates) {
    try {
      Certificate[] chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(certificates))
              .toArray(new Certificate[0]);
      if (chain.length > 0) {
        return chain;
      }
    } catch (GeneralSecurityException e) {
      throw new ConfigurationException(
          "sandbox.server.tls.certificate holds what is no certificate in PEM: " + e.getMessage(),
          e);
    }
    throw new ConfigurationException("sandbox.server.tls.certificate holds no certificate");
  }

  private static PrivateKey key(byte[] key, String algorithm) {
    Matcher found = KEY.matcher(new String(key, StandardCharsets.ISO_8859_1));
    if (!found.find()) {
      throw new ConfigurationException(
          "sandbox.server.tls.key holds no 'BEGIN PRIVATE KEY' (PKCS#8 without a password); 'openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW' makes one of other forms");
    }
    try {
      byte[] bytes = Base64.getMimeDecoder().decode(found.group(1));
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new ConfigurationException(
          "the key in sandbox.server.tls.key is no %s key, as its certificate's is"
              .formatted(algorithm));
    }
  }

  private static boolean areAPair(PrivateKey mine, PublicKey theirs) {
    byte[] text = "signed and verified".getBytes(StandardCharsets.US_ASCII);
    try {
      Signature signature = Signature.getInstance(signatureOf(theirs.getAlgorithm()));
      signature.initSign(mine);
      signature.update(text);
      byte[] signed = signature.sign();
      signature.initVerify(theirs);
      signature.update(text);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static String signatureOf(String algorithm) {
    return switch (algorithm) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> algorithm;
    };
  }
}
