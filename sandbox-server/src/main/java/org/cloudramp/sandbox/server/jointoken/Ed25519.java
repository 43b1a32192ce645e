package org.cloudramp.sandbox.server.jointoken;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.impl.BaseJWSProvider;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;

/**
 * Ed25519 by the JDK. The library's own takes another library for it, which it was written with
 * before the JDK had it.
 */
final class Ed25519 {
  private static final String NAME = NamedParameterSpec.ED25519.getName();

  /** What stands before the 32 bytes of a key in its X.509 form (RFC 8410). */
  private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private static final int KEY_BYTES = 32;

  private Ed25519() {}

  static boolean isKey(PublicKey key) {
    return key instanceof EdECPublicKey edwards
        && edwards.getParams().getName().equalsIgnoreCase(NAME);
  }

  /**
   * The public key that a JWK has as its {@code x}.
   *
   * @throws JOSEException if it is none
   */
  static PublicKey key(byte[] x) throws JOSEException {
    if (x.length != KEY_BYTES) {
      throw new JOSEException("an Ed25519 key has 32 bytes, and this one " + x.length);
    }
    byte[] encoded = new byte[X509_PREFIX.length + KEY_BYTES];
    System.arraycopy(X509_PREFIX, 0, encoded, 0, X509_PREFIX.length);
    System.arraycopy(x, 0, encoded, X509_PREFIX.length, KEY_BYTES);
    try {
      return KeyFactory.getInstance(NAME).generatePublic(new X509EncodedKeySpec(encoded));
    } catch (GeneralSecurityException e) {
      throw new JOSEException(e.getMessage(), e);
    }
  }

  /** Checks signatures of one key. Thread-safe. */
  static final class Verifier extends BaseJWSProvider implements JWSVerifier {
    private final PublicKey key;

    Verifier(PublicKey key) {
      super(JoinKey.EDDSA);
      this.key = key;
    }

    @Override
    public boolean verify(JWSHeader header, byte[] signed, Base64URL signature)
        throws JOSEException {
      try {
        Signature verification = Signature.getInstance(NAME);
        verification.initVerify(key);
        verification.update(signed);
        return verification.verify(signature.decode());
      } catch (SignatureException e) {
        return false; // it has not the shape of a signature
      } catch (GeneralSecurityException e) {
        throw new JOSEException(e.getMessage(), e);
      }
    }
  }
}
