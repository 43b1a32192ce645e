package org.cloudramp.sandbox.server.jointoken;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyType;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Optional;
import java.util.Set;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.InertText;

/**
 * A key, and what it is for. The kind of the key decides the algorithm, and a token only says
 * whether it agrees: so no key is ever used as another kind's secret. Immutable.
 *
 * @param id by which tokens name it; empty if it has none
 * @param algorithms the names of the one algorithm it is for
 * @param verifier checks signatures; thread-safe
 */
record JoinKey(String id, Set<JWSAlgorithm> algorithms, JWSVerifier verifier) {
  private static final int MIN_RSA_BITS = 2048;
  private static final Set<JWSAlgorithm> HS256 = Set.of(JWSAlgorithm.HS256);
  private static final Set<JWSAlgorithm> RS256 = Set.of(JWSAlgorithm.RS256);
  private static final Set<JWSAlgorithm> ES256 = Set.of(JWSAlgorithm.ES256);

  /** RFC 8037 and RFC 9864 name the same algorithm. */
  static final Set<JWSAlgorithm> EDDSA = Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);

  /**
   * A public key without an id.
   *
   * @throws ConfigurationException if there is no use for it here
   */
  static JoinKey of(PublicKey key) {
    try {
      if (key instanceof RSAPublicKey rsa) {
        return rsa("", rsa);
      }
      if (key instanceof ECPublicKey ec
          && Curve.P_256.equals(Curve.forECParameterSpec(ec.getParams()))) {
        return new JoinKey("", ES256, new ECDSAVerifier(ec));
      }
      if (Ed25519.isKey(key)) {
        return new JoinKey("", EDDSA, new Ed25519.Verifier(key));
      }
    } catch (JOSEException e) {
      throw new ConfigurationException("a key of join tokens cannot be used: " + e.getMessage(), e);
    }
    throw new ConfigurationException(
        "a key of join tokens is neither RSA (RS256), nor of the curve P-256 (ES256), nor Ed25519 (EdDSA)");
  }

  /**
   * A key out of a set. One that is for something else, as those are that others publish with it,
   * is none.
   *
   * @throws ConfigurationException if it is for tokens and cannot be used, or if it is a private
   *     key
   */
  static Optional<JoinKey> of(JWK key) {
    String id = key.getKeyID() == null ? "" : key.getKeyID();
    if (key.isPrivate() && !key.getKeyType().equals(KeyType.OCT)) {
      throw new ConfigurationException(
          "the key %s of join tokens has its private part: whoever reads it makes tokens. Keep that with who makes them"
              .formatted(InertText.quote(id)));
    }
    try {
      return isForSignatures(key) ? usable(id, key) : Optional.empty();
    } catch (JOSEException | IllegalArgumentException | IllegalStateException e) {
      throw new ConfigurationException(
          "the key %s of join tokens cannot be used: %s"
              .formatted(InertText.quote(id), e.getMessage()),
          e);
    }
  }

  private static Optional<JoinKey> usable(String id, JWK key) throws JOSEException {
    JoinKey made;
    if (key.getKeyType().equals(KeyType.RSA)) {
      made = rsa(id, key.toRSAKey().toRSAPublicKey());
    } else if (key.getKeyType().equals(KeyType.EC)
        && key.toECKey().getCurve().equals(Curve.P_256)) {
      made = new JoinKey(id, ES256, new ECDSAVerifier(key.toECKey().toECPublicKey()));
    } else if (key instanceof OctetKeyPair pair && pair.getCurve().equals(Curve.Ed25519)) {
      made = new JoinKey(id, EDDSA, new Ed25519.Verifier(Ed25519.key(pair.getDecodedX())));
    } else if (key.getKeyType().equals(KeyType.OCT)) {
      made = new JoinKey(id, HS256, new MACVerifier(key.toOctetSequenceKey()));
    } else {
      return Optional.empty();
    }
    boolean agrees =
        key.getAlgorithm() == null
            || made.algorithms.stream()
                .anyMatch(each -> each.getName().equals(key.getAlgorithm().getName()));
    return agrees ? Optional.of(made) : Optional.empty();
  }

  private static boolean isForSignatures(JWK key) {
    return (key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE))
        && (key.getKeyOperations() == null || key.getKeyOperations().contains(KeyOperation.VERIFY));
  }

  private static JoinKey rsa(String id, RSAPublicKey key) {
    if (key.getModulus().bitLength() < MIN_RSA_BITS) {
      throw new ConfigurationException(
          "the RSA key %s of join tokens has %d bits; it takes %d"
              .formatted(InertText.quote(id), key.getModulus().bitLength(), MIN_RSA_BITS));
    }
    return new JoinKey(id, RS256, new RSASSAVerifier(key));
  }

  /** Whether it is a secret that both sides have. */
  boolean isSecret() {
    return algorithms == HS256;
  }

  /** Without the key itself. */
  @Override
  public String toString() {
    return "key %s for %s".formatted(InertText.quote(id), algorithms);
  }
}
